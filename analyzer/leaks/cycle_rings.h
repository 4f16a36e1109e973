/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CYCLE_RINGS_H
#define LEAKGRAPH_CYCLE_RINGS_H

/*
 * The leaked components that are cycles, and what can be shown of each: all blocks of one small
 * enough to compare by shape, a shortest cycle of a larger one, and the pointers between them with
 * their offsets.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/leaks/cycle_shape.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/graph.h"
#include "analyzer/graph/leak_graph.h"

#define CYCLE_RINGS_NONE UINT32_MAX
enum { CYCLE_RINGS_MEMBERS = 1024, CYCLE_RINGS_EDGES = 4096 }; /* the most that is shown */

/* One component. Its members and edges are ranges of the arrays below. */
struct ring {
    uint32_t component;
    uint32_t first_member, member_count; /* those that are shown */
    uint32_t first_edge, edge_count;     /* between them */
    uint32_t group;                      /* for the caller, who groups them */
    bool is_large;                       /* too many blocks or pointers to compare one by one */
};

struct cycle_rings {
    const struct leak_graph *leaks;
    const struct graph *graph;
    struct ring *all; /* in topological order: nested ones come after their holders */
    uint32_t count;
    uint32_t *of_component; /* CYCLE_RINGS_NONE: no cycle */
    uint32_t *members;      /* nodes */
    uint32_t member_count;
    uint32_t *places; /* by node: index among its ring's members, CYCLE_RINGS_NONE when not shown */
    struct graph_edge *edges;
    uint32_t *edges_filled; /* by ring, while they are read */
};

bool cycle_rings_find(struct cycle_rings *rings, struct arena *arena,
                      const struct leak_graph *leaks, struct error *error);

uint32_t cycle_rings_size(const struct cycle_rings *rings, uint32_t component);
/* Pointers between any two blocks of a component. */
uint64_t cycle_rings_inner_edges(const struct cycle_rings *rings, uint32_t component);

#endif
