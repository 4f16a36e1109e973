/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_WEAK_REFERENCES_H
#define LEAKGRAPH_WEAK_REFERENCES_H

/*
 * Takes out of a graph what keeps nothing alive: std::weak_ptr's words and their like, and the
 * pointers that a destroyed object left in memory that weak references keep. Types say which words
 * are weak; the counts of the control block must agree, so that an owner that nobody sees (in a
 * packed struct, behind an xor) keeps its object.
 *
 *     struct weak_references weak = {.graph = &graph, ...};
 *     if (!weak_references_cut(&weak, arena, scratch, &error)) ... the recording is damaged ...
 *
 * Costs nothing in a graph without weak references.
 */

#include "analyzer/graph/control_blocks.h"
#include "analyzer/objects/node_names.h"

struct weak_references {
    /* Given. The graph's flags, edges and roots are replaced by arrays of `scratch`. */
    struct graph *graph;
    struct stacks *stacks;

    /* Found. */
    struct control_blocks blocks;
    struct root_names *roots; /* NULL: nobody had to ask for names */
    struct node_names *names; /* of all blocks */
    bool has_expired;         /* destroyed objects whose memory is kept */
    uint64_t doubtful; /* objects that stay because of words whose type nothing tells, although
                          weak references alone may lead to them */
};

/* Names are of `arena`, everything else of `scratch`. */
bool weak_references_cut(struct weak_references *weak, struct arena *arena, struct arena *scratch,
                         struct error *error);

#endif
