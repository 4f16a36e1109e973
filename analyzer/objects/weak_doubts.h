/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_WEAK_DOUBTS_H
#define LEAKGRAPH_WEAK_DOUBTS_H

/*
 * Objects that may be held by weak references only: nobody knows the types of the words that lead
 * to them, and their owners may all lie in memory that would be lost with them. They stay reached:
 * counts alone prove no leak. They are counted, so that a report can say what debug info would
 * tell.
 */

#include "analyzer/graph/control_blocks.h"

struct weak_doubts {
    struct arena *arena;
    uint64_t *edges, *roots; /* bits: pointers of such words, by place in the graph */
    struct doubtful_word {
        uint32_t holder; /* UINT32_MAX: a root */
        uint32_t control;
    } * words;
    size_t count, capacity;
};

void weak_doubts_add(struct weak_doubts *doubts, uint32_t holder, uint32_t control);

/* By control block. */
struct doubtful_object {
    uint32_t object;          /* node in which it lies; UINT32_MAX: none */
    uint32_t possible_owners; /* words that are not known to be weak */
};

/* The graph as it was, and the bits of what will be cut from it. */
uint64_t weak_doubts_count(const struct weak_doubts *doubts, const struct graph *graph,
                           const uint64_t *cut_edges, const uint64_t *cut_roots,
                           const struct control_blocks *blocks,
                           const struct doubtful_object *objects);

#endif
