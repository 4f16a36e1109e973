/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_GARBAGE_H
#define LEAKGRAPH_PYTHON_GARBAGE_H

/*
 * What gc.collect() would find: the references that the objects of the three generations make to
 * one another are taken off their counts; what has some left is held from outside, and what is not
 * held by such an object is garbage. The collector's own rule, on numbers of our own.
 */

#include <stdbool.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/python_heap.h"

/*
 * gc.collect() closes suspended generators before it counts: what goes away by that alone is not in
 * its figure. Takes it out of a copy of `garbage`.
 */
bool *python_garbage_counted(struct arena *arena, const struct python_heap *heap,
                             const bool *garbage);

/* By object. Objects of the permanent generation and untracked ones are never garbage by
 * themselves. */
bool *python_garbage_find(struct arena *arena, const struct python_heap *heap);

#endif
