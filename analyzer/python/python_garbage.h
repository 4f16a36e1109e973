/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_GARBAGE_H
#define LEAKGRAPH_PYTHON_GARBAGE_H

/*
 * What gc.collect() would find. References among the objects of the three generations are
 * subtracted from their counts; an object with some left is held from outside, and whatever no such
 * object holds is garbage. It is the collector's own rule, applied to our own numbers.
 */

#include <stdbool.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/python_heap.h"

/*
 * gc.collect() closes suspended generators before it counts, and its figure leaves out what goes by
 * that alone. Removes that from a copy of `garbage`.
 */
bool *python_garbage_counted(struct arena *arena, const struct python_heap *heap,
                             const bool *garbage);

/* By object. Untracked objects and those of the permanent generation are never garbage by
 * themselves. */
bool *python_garbage_find(struct arena *arena, const struct python_heap *heap);

#endif
