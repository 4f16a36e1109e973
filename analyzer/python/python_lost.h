/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_LOST_H
#define LEAKGRAPH_PYTHON_LOST_H

/*
 * What nothing holds, among blocks and Python objects together: no root leads there, and every
 * object counts exactly the references found within the rest of it. It is the collector's method,
 * plus references from native memory. What was freed after the snapshot was held by somebody then.
 */

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/python_graph.h"
#include "analyzer/python/python_registry.h"

struct python_lost {
    const bool *is_held;            /* by node: held from elsewhere; all others are lost */
    const struct graph_edge *edges; /* pointers found in lost blocks, ordered by block */
    size_t edge_count;
};

/* The registry's pointers must already be gone from the graph's targets. */
bool python_lost_find(struct python_lost *lost, struct arena *arena,
                      const struct python_graph *both, const struct python_registry *registry,
                      struct error *error);

#endif
