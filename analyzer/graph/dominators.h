/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DOMINATORS_H
#define LEAKGRAPH_DOMINATORS_H

/*
 * What would go if one leak went: the dominator tree over the leaked part, each cycle taken as one.
 * The virtual root points to every component that no other one points to: those are what the
 * program lost. A block that two leaks hold is retained by neither alone.
 *
 * Without its cycles the part is acyclic, so one pass in topological order finds the dominators,
 * using nearest common ancestors by jump pointers: n log n at worst, where the iterative algorithms
 * for general graphs are quadratic on lists with shared payload.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/graph/components.h"

struct dominators {
    uint32_t root;        /* number of the virtual root: components->count */
    uint32_t *parents;    /* of each component: its immediate dominator */
    uint64_t *retained;   /* bytes of its subtree */
    bool *is_source;      /* no other component points to it */
    uint32_t *places;     /* in preorder of the tree; the root has 0 */
    uint32_t *place_ends; /* a subtree's places go from its own to here */
    uint32_t *by_place;   /* the component at a place */
};

void dominators_find(struct dominators *dominators, struct arena *arena, const struct graph *graph,
                     const struct components *components);

/* Every component dominates itself. */
static inline bool dominators_holds(const struct dominators *dominators, uint32_t holder,
                                    uint32_t held)
{
    return dominators->places[holder] <= dominators->places[held] &&
           dominators->places[held] < dominators->place_ends[holder];
}

#endif
