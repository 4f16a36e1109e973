/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_LOCALS_H
#define LEAKGRAPH_PYTHON_LOCALS_H

/*
 * Local variables of frames: of those that run, of frame objects (tracebacks), of generators and
 * coroutines that wait. Only under scan_guard_call, in the snapshot child.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/scan/python_types.h"

/* The frame that belongs to an object, 0 when none does. */
uintptr_t python_locals_frame_of(uintptr_t object, const struct python_type *type);

/* Calls visit for each variable that has a value; `name` is a str object. */
typedef void python_variable_visitor(uintptr_t name, uintptr_t value, void *context);
void python_locals_each(uintptr_t frame, python_variable_visitor *visit, void *context);

/* What a generator keeps when the collector closes it, RECORDING_PYTHON_KEPT or .._KEEPS_FUNCTION:
   from 3.12 to 3.13.5 all when it never began, in 3.13 its function when it waits outside of any
   `try`. */
uint32_t python_locals_kept(uintptr_t object, const struct python_type *type);

/* References of the frames that run now. `variable` and `function` are texts; tid 0: not known. */
struct python_local {
    int32_t tid;
    uint64_t function, variable;
    uintptr_t target;
};
typedef void python_local_visitor(const struct python_local *local, void *context);
void python_locals_running(python_local_visitor *visit, void *context);

#endif
