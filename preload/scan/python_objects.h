/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_OBJECTS_H
#define LEAKGRAPH_PYTHON_OBJECTS_H

/*
 * All Python objects that can be found in the snapshot child: those of the collector's generations,
 * what they and their classes lead to (tp_traverse), and blocks that look like an object nobody
 * leads to, as one that an extension has lost. It needs scan_index and python_types.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/recording.h"

struct python_object {
    uintptr_t address;
    uint32_t flags; /* enum recording_python_flags */
};

extern struct python_object *python_objects; /* in address order after python_objects_find */
extern size_t python_object_count;
extern uint64_t python_objects_broken; /* whose traversal ended in a fault */
/* Interpreters whose collector does not have its lists where we look for them. */
extern uint64_t python_objects_unlisted;

/* False when there is not enough memory. */
bool python_objects_find(void);
/* Index of the object that begins at the address, SIZE_MAX for none. */
size_t python_objects_at(uintptr_t address);

#endif
