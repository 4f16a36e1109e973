/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CYCLE_SHAPE_H
#define LEAKGRAPH_CYCLE_SHAPE_H

/*
 * Decides whether two cycles differ only in their addresses. Every pointer in a block has its own
 * offset, so a walk from one block that follows offsets in order meets the others in an order that
 * depends on the shape alone. Two shapes are equal exactly when their smallest descriptions, over
 * all sensible starts, are.
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
