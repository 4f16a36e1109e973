/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PATHS_H
#define LEAKGRAPH_PATHS_H

/*
 * Shortest paths from the roots to every block, found breadth first. The program's variables,
 * thread-local ones included, come before stacks and registers: of two paths of equal length theirs
 * says more.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/graph.h"
#include "analyzer/recording/thread_places.h"

enum { PATHS_UNREACHED = UINT32_MAX, PATHS_ROOT = UINT32_MAX - 1 };

/* `from[node]`: the node before it on the path, PATHS_ROOT at its start, PATHS_UNREACHED when there
 * is none. */
struct paths {
    uint32_t *from;
    bool *by_stack; /* reached, but only on paths that start in stacks and registers */
};

bool paths_find(struct paths *paths, struct arena *arena, const struct graph *graph,
                const struct thread_places *places, struct error *error);

/* The edges in reverse: who refers to a node. */
struct referrers {
    uint32_t *starts; /* node_count + 1 */
    uint32_t *nodes;
};
void referrers_find(struct referrers *referrers, struct arena *arena, const struct graph *graph);

#endif
