/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_GROWTH_H
#define LEAKGRAPH_PYTHON_GROWTH_H

/* Python's containers that only grow: caches without a bound, histories that nobody reads. */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/python_graph.h"

/* A list, dict, set or deque with many items, which came all through its life and up to its end. */
bool python_growth_is_steady(const struct python_graph *both, uint32_t object);

/* "Brain.history", "the global log", "seen in main"; NULL when nothing with a name holds it. */
const char *python_growth_name(struct arena *arena, const struct python_heap *heap,
                               uint32_t object);

#endif
