/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PATHS_H
#define LEAKGRAPH_PATHS_H

/*
 * Shortest ways from the roots to every block, breadth first. The program's variables are asked
 * before stacks and registers: of two ways of equal length theirs says more. So are thread-local
 * ones.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/graph.h"
#include "analyzer/recording/thread_places.h"

enum { PATHS_UNREACHED = UINT32_MAX, PATHS_ROOT = UINT32_MAX - 1 };

/* `from[node]`: the node before it on the way, PATHS_ROOT at its beginning, PATHS_UNREACHED when
 * there is none. */
struct paths {
    uint32_t *from;
    bool *by_stack; /* reached, but only by ways that begin in stacks and registers */
};

bool paths_find(struct paths *paths, struct arena *arena, const struct graph *graph,
                const struct thread_places *places, struct error *error);

/* The edges turned around: who refers to a node. */
struct referrers {
    uint32_t *starts; /* node_count + 1 */
    uint32_t *nodes;
};
void referrers_find(struct referrers *referrers, struct arena *arena, const struct graph *graph);

#endif
