/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_TYPES_H
#define LEAKGRAPH_PYTHON_TYPES_H

/*
 * The classes of Python objects met in the snapshot child. A pointer is believed to be a class when
 * the chain of its metaclasses ends at `type`, which is its own class; every verdict is remembered.
 * Reads memory that may not be there: only under scan_guard_call.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the edges of a class's objects are named by. */
enum python_family {
    PYTHON_PLAIN,
    PYTHON_LIST,
    PYTHON_TUPLE,
    PYTHON_DICT,
    PYTHON_SET,
    PYTHON_TYPE,
    PYTHON_EXCEPTION,
    PYTHON_STRING,
    PYTHON_INTEGER,
    PYTHON_FUNCTION,
    PYTHON_CELL,
    PYTHON_MODULE,
    PYTHON_FRAME,
    PYTHON_GENERATOR, /* coroutines too */
    PYTHON_DEQUE,
    PYTHON_WEAK_REFERENCE,
};

struct python_type {
    uintptr_t address;    /* 0: a free place */
    uint32_t index;       /* from 1 in the order they were met; 0: not a class */
    bool is_collected;    /* its objects have a collector's head */
    bool has_finalizer;   /* __del__ of a class in Python */
    uint8_t before_bytes; /* of the allocation that lie before the object */
    enum python_family family;
    int64_t basic_bytes, item_bytes;
    uintptr_t traverse;
};

/* The class at this address, NULL when it is none. */
const struct python_type *python_types_at(uintptr_t address);
/* The class of the object at this address, NULL when it is no object that could be alive. */
const struct python_type *python_types_of(uintptr_t object);

bool python_types_start(void);
uint32_t python_types_count(void);
/* The class with this index. */
uintptr_t python_types_address(uint32_t index);
/* Made by Python code or by an extension at run time, not compiled in. */
bool python_types_is_on_heap(uintptr_t type);

/* Copies a str object's text as UTF-8; false when it is no str. */
bool python_types_text(uintptr_t string, char *text, size_t capacity);

#endif
