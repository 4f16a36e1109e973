/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LEAK_GRAPH_H
#define LEAKGRAPH_LEAK_GRAPH_H

/*
 * The leaked part of a snapshot's graph: what no root reaches, and its cycles.
 * Blocks freed since the snapshot belong to nothing, but what they pointed to counts as reached
 * when they were. What a block of the runtime holds is suppressed with it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/components.h"
#include "analyzer/graph/graph.h"
#include "analyzer/model.h"

struct leak_graph {
    const struct graph *graph;
    bool *leaked;   /* by node */
    bool *is_cycle; /* by component */
    struct components components;
    uint32_t *edges_into; /* by component: pointers from the others */
    struct amount reachable, suppressed;
};

/* Whether to suppress an unreached block; `site` is the recording's id. */
typedef bool leak_graph_suppression(uint32_t node, uint32_t site, void *context);

void leak_graph_build(struct leak_graph *leaks, struct arena *arena, const struct graph *graph,
                      leak_graph_suppression *is_suppressed, void *context);

/* For leaked nodes only. */
enum leak_class leak_graph_class(const struct leak_graph *leaks, uint32_t node);

#endif
