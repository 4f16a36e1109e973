/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_LAYOUT_H
#define LEAKGRAPH_PYTHON_LAYOUT_H

/*
 * Where CPython keeps things: offsets in bytes, one set for each version from 3.8 to 3.15. From
 * 3.13 on _PyRuntime begins with what the interpreter says of itself, and that takes the place of
 * the table's numbers. Believed only after a look at a frame that runs, see python_check.h.
 *
 *     if (python_layout_take(minor, micro, runtime)) ... *(uintptr_t *)(frame +
 * python_layout.frame_code)
 */

#include <stdbool.h>
#include <stdint.h>

/* 0 stands for what a version does not have. */
struct python_layout {
    unsigned minor, micro; /* of 3.minor.micro; minor 0: no Python that we know */
    /* _PyRuntime: the main interpreter is in the word behind the list of all */
    uint16_t initialized, finalizing, interpreters;
    /* interpreter */
    uint16_t interpreter_next, threads, gc, free_lists;
    bool has_gc_in_runtime; /* 3.8: one collector for all of them */
    /* collector */
    uint16_t gc_enabled, gc_debug, gc_collecting, gc_garbage;
    uint16_t gc_generations, gc_permanent;
    uint16_t gc_youngest;         /* points to the youngest generation; 3.14 may be without */
    uint16_t gc_statistics;       /* of each generation */
    bool has_buffered_statistics; /* 3.15: in a block of their own, the last few of each */
    /* thread state */
    uint16_t thread_next;
    uint16_t thread_frame;     /* the innermost frame; 0: in the cframe */
    uint16_t thread_cframe;    /* of each running _PyEval_EvalFrameDefault, in its C frame */
    uint16_t thread_self;      /* pthread_self() of its thread */
    uint16_t thread_tid;       /* the kernel's number of it */
    uint16_t thread_stack_top; /* of the stack of frames; its end is in the next word */
    uint16_t cframe_frame, cframe_previous;
    /* frame */
    bool has_frames; /* 3.11 on: they are no objects, and frame_instruction is a pointer */
    bool has_tagged_references; /* 3.14 on: in frames, the lowest bits are marks */
    uint16_t frame_previous, frame_code;
    uint16_t frame_instruction; /* up to 3.10 an int, the index of the instruction */
    uint16_t instruction_shift; /* up to 3.10: from that to units of 2 bytes */
    uint16_t frame_is_entry;    /* 3.11: a byte, set in the outermost frame of each evaluation */
    uint16_t frame_owner;       /* 3.11 on: a byte, enum python_owner */
    uint16_t frame_locals;      /* the array behind the fixed part */
    uint16_t generator_frame;
    /* code object */
    uint16_t code_file, code_first_line, code_lines;
    uint16_t code_name;            /* the qualified one, where there is one */
    uint16_t code_local_names[3];  /* tuples, one after another */
    uint16_t code_instructions;    /* 3.11 on: where they begin; up to 3.10 the object's size */
    uint16_t code_first_traceable; /* 3.11 on: an int, the first instruction of a begun call */
    /* other objects */
    uint16_t type_keys, type_qualname; /* of a type on the heap */
    uint16_t string_ascii_bytes, string_compact_bytes;
    uint16_t tuple_items;
    bool has_new_keys, has_values_before, has_tagged_values, has_inline_values, has_immortals;
};

/* The same in all of them. */
enum {
    PYTHON_OBJECT_TYPE = 8,
    PYTHON_VARIABLE_SIZE = 16, /* of bytes, str, tuple */
    PYTHON_STRING_STATE = 32,
    PYTHON_BYTES_CONTENT = 32,
    PYTHON_CODE_BYTES = 48, /* up to 3.10: a bytes object */
};

enum python_owner {
    PYTHON_OWNED_BY_GENERATOR = 1,
    PYTHON_OWNED_BY_C = 3, /* this and more (3.12 on): no call, but where an evaluation begins */
};

enum python_type_field {
    PYTHON_TYPE_NAME = 24,
    PYTHON_TYPE_BASIC_SIZE = 32,
    PYTHON_TYPE_ITEM_SIZE = 40,
    PYTHON_TYPE_FLAGS = 168,
    PYTHON_TYPE_TRAVERSE = 184,
    PYTHON_TYPE_MEMBERS = 240,
    PYTHON_TYPE_BASE = 256,
    PYTHON_TYPE_DICT = 264,
    PYTHON_TYPE_DICT_OFFSET = 288,
    PYTHON_TYPE_BASES = 336,
    PYTHON_TYPE_MRO = 344,
    PYTHON_TYPE_CACHE = 352,
    PYTHON_TYPE_SUBCLASSES = 360,
    PYTHON_TYPE_FINALIZE = 392,
};

enum python_gc_field {
    PYTHON_GC_GENERATION_BYTES = 24, /* list head, threshold, count */
    PYTHON_GC_HEAD_BYTES = 16,
};

/* The lowest bits of the collector's links and of references in frames are marks. */
#define PYTHON_MARKS ((uintptr_t)3)

extern struct python_layout python_layout;

/* False when this version is not known. `runtime`: address of _PyRuntime. */
bool python_layout_take(unsigned minor, unsigned micro, uintptr_t runtime);
/* Built to run without the global lock. */
bool python_layout_is_free_threaded(unsigned minor, uintptr_t runtime);

static inline uintptr_t python_word(uintptr_t at, uintptr_t offset)
{
    return *(const uintptr_t *)(at + offset);
}

/* What a frame refers to by a word of its own, 0: nothing, or a number. */
static inline uintptr_t python_reference(uintptr_t word)
{
    if (!python_layout.has_tagged_references)
        return word;
    return (word & PYTHON_MARKS) == PYTHON_MARKS ? 0 : word & ~PYTHON_MARKS;
}

/* The innermost frame of a thread's state, 0 when it runs none. */
static inline uintptr_t python_innermost_frame(uintptr_t thread)
{
    if (python_layout.thread_frame)
        return python_word(thread, python_layout.thread_frame);
    uintptr_t cframe = python_word(thread, python_layout.thread_cframe);
    return cframe ? python_word(cframe, python_layout.cframe_frame) : 0;
}

/* From 3.12 on what begins an evaluation is a frame itself, in the C frame. */
static inline bool python_is_owned_by_c(uintptr_t frame)
{
    return python_layout.minor >= 12 &&
           *(const uint8_t *)(frame + python_layout.frame_owner) >= PYTHON_OWNED_BY_C;
}

#endif
