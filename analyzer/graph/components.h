/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_COMPONENTS_H
#define LEAKGRAPH_COMPONENTS_H

/*
 * The strongly connected components of a part of the graph: the leaked part, which is small in a
 * healthy program. A component has a higher number than those it points to, so descending numbers
 * are a topological order.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/graph.h"

#define COMPONENT_NONE UINT32_MAX

struct components {
    uint32_t count;
    uint32_t *of_node; /* COMPONENT_NONE: not in the part */
    uint32_t *starts;  /* count + 1; members are nodes[starts[c]] .. nodes[starts[c + 1]] */
    uint32_t *nodes;
};

/* `part[node]` tells whether a node belongs to the part. */
void components_find(struct components *components, struct arena *arena, const struct graph *graph,
                     const bool *part);

/* Two or more blocks, or one that points to itself. */
bool components_is_cycle(const struct components *components, const struct graph *graph,
                         uint32_t component);

/* Each pointer from a block of the component to one of another component of the part. */
typedef void components_edge_visitor(uint32_t node, uint32_t target, void *context);
void components_visit_edges(const struct components *components, const struct graph *graph,
                            uint32_t component, components_edge_visitor *visit, void *context);

#endif
