/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CYCLE_SHAPE_H
#define LEAKGRAPH_CYCLE_SHAPE_H

/*
 * Are two cycles the same but for their addresses? Every pointer in a block has its own offset, so
 * a walk that starts at one block and follows offsets in order meets all blocks in an order that
 * only the shape decides. The smallest description over all sensible starts is equal exactly for
 * equal shapes.
 */

#include <stddef.h>
#include <stdint.h>

enum { CYCLE_SHAPE_MEMBERS = 64 };
enum { CYCLE_SHAPE_EDGES = CYCLE_SHAPE_MEMBERS * CYCLE_SHAPE_MEMBERS };
enum { CYCLE_SHAPE_CODE = 2 * CYCLE_SHAPE_MEMBERS + 2 * CYCLE_SHAPE_EDGES };

struct shape_edge {
    uint32_t from, to; /* members */
    uint64_t offset;
};

struct cycle_shape {
    size_t member_count, edge_count;
    const uint64_t *labels;         /* what a member is */
    const struct shape_edge *edges; /* sorted by from and offset; strongly connected */
};

/* Fills the members in canonical order and the description; returns its length. */
size_t cycle_shape_describe(const struct cycle_shape *shape, uint32_t order[CYCLE_SHAPE_MEMBERS],
                            uint64_t code[CYCLE_SHAPE_CODE]);

#endif
