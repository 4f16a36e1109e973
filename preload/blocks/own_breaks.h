/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OWN_BREAKS_H
#define LEAKGRAPH_OWN_BREAKS_H

/*
 * The parts of the heap's mapping that the program asked for with sbrk and brk: all else there is
 * the allocator's, whose pointers are no references. Called by those two: no malloc, no lock.
 */

#include <stdint.h>

/* The break moved from `before` to `now` on behalf of the code at `caller`. */
void own_breaks_moved(uintptr_t before, uintptr_t now, uintptr_t caller);

/* Calls visit for each part of the range that is the program's. In the snapshot child only. */
void own_breaks_each_in(uintptr_t start, uintptr_t end,
                        void (*visit)(uintptr_t start, uintptr_t end, void *context),
                        void *context);

#endif
