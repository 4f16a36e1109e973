/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SCAN_EXCLUDED_H
#define LEAKGRAPH_SCAN_EXCLUDED_H

/*
 * The memory that is no root: the allocator's (arenas, mapped chunks, Python's pools), stacks of
 * dead threads, what lies below stack pointers, and our own. In the snapshot child only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/scan/image.h"

/* After the maps are read and the index is built. Also finds the thread pointers of threads that
   could not tell theirs. False without memory. */
bool scan_excluded_collect(const struct snapshot *snapshot);

/* Calls visit(start, end, context) for the parts of a range that are not excluded. */
typedef void scan_excluded_visitor(uintptr_t start, uintptr_t end, void *context);
void scan_excluded_skip(uintptr_t start, uintptr_t end, scan_excluded_visitor *visit,
                        void *context);

#endif
