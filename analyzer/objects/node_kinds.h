/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_NODE_KINDS_H
#define LEAKGRAPH_NODE_KINDS_H

/*
 * Blocks of one site, one size and one recorded type are of one kind. Names are given to kinds:
 * there are thousands of kinds where there are millions of blocks. Kinds keep the distinct pointers
 * between their blocks.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/graph.h"

#define NODE_KIND_NONE UINT32_MAX
enum {
    NODE_KIND_EDGES = 128
}; /* kept per kind: a large table of pointers is one pointer many times */

struct node_kind {
    uint64_t size_bytes;
    uint32_t site; /* the recording's id */
    uint32_t type; /* the graph's */
    uint32_t first_node;
    uint32_t first_edge, edge_count; /* in node_kinds.edges */
    uint64_t blocks;
    bool is_expired; /* objects that are destroyed; weak references keep their memory */
};

struct node_kind_edge {
    uint64_t offset, target_offset; /* in bytes, in either block */
    uint32_t from, to;
    uint32_t blocks;    /* of the kind that have it */
    uint32_t last_node; /* of those, while they are counted */
};

struct node_kinds {
    struct node_kind *all;
    uint32_t count;
    uint32_t *of_node;            /* NODE_KIND_NONE: not in the part */
    struct node_kind_edge *edges; /* by `from` */
    uint32_t edge_count;
};

/* `part[node]`: whether the node is of interest; NULL: all are. */
bool node_kinds_find(struct node_kinds *kinds, struct arena *arena, const struct graph *graph,
                     const bool *part, struct error *error);

#endif
