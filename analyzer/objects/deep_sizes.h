/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DEEP_SIZES_H
#define LEAKGRAPH_DEEP_SIZES_H

/*
 * Deep sizes of Python types, like pympler's asizeof: an object with all that it leads to, native
 * memory included, but not the classes, modules, functions and code that it only uses. What several
 * objects of a type share counts once for the type. Unlike what is retained, others may hold it
 * too.
 */

#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/graph.h"

struct deep_sizes {
    const struct graph *graph; /* merged with Python's, see python_merge.h */
    const uint32_t *type_of;   /* by node; type_count: do not count it */
    size_t type_count;
};

/* By type, in bytes; belongs to the arena. NULL when the graph has no Python objects or is too big.
 */
uint64_t *deep_sizes_find(const struct deep_sizes *input, struct arena *arena);

#endif
