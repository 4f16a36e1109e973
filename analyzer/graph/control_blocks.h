/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CONTROL_BLOCKS_H
#define LEAKGRAPH_CONTROL_BLOCKS_H

/*
 * The control blocks of std::shared_ptr and its like in a snapshot: how many owners and weak
 * references each counts.
 *
 *     struct control_blocks blocks;
 *     if (control_blocks_load(&blocks, arena, graph, &error)) ...
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/graph/graph.h"

struct control_block {
    uint32_t node;
    uint32_t owners; /* 0: the object is destroyed, or its destructor runs */
    uint32_t weak;   /* weak references; while a destructor runs the owners together count as one */
    bool is_inside;  /* the object lies in this block (make_shared), from object_offset */
    uint64_t object_offset; /* otherwise of the pointer that leads to it */
};

struct control_blocks {
    const struct control_block *all; /* by node */
    uint32_t count;
    bool has_weak; /* some has weak references, or kept its memory after its object */
};

/* Empty when the recording has none. False when it is damaged. */
bool control_blocks_load(struct control_blocks *blocks, struct arena *arena,
                         const struct graph *graph, struct error *error);
/* NULL: the node is no control block. */
const struct control_block *control_blocks_at(const struct control_blocks *blocks, uint32_t node);

#endif
