/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DRAWING_H
#define LEAKGRAPH_DRAWING_H

/*
 * The part of an object graph that a query draws, while it is put together. What object_views.h and
 * object_retainers.h share.
 */

#include "analyzer/base/arena.h"
#include "analyzer/graph/control_blocks.h"
#include "analyzer/graph/dominator_tree.h"
#include "analyzer/graph/graph.h"
#include "analyzer/graph/paths.h"
#include "analyzer/object_graph.h"
#include "analyzer/objects/node_names.h"
#include "analyzer/objects/root_names.h"
#include "analyzer/sites/sites.h"

#define DRAWING_HIDDEN UINT32_MAX

/* What is known of the graph. */
struct drawing_input {
    const struct graph *graph;
    struct node_names *names;
    struct root_names *roots;
    const struct sites *sites;
    const struct dominator_tree *tree;
    const struct paths *paths;
    const struct control_blocks *blocks;
};

/* A node that is drawn. */
struct shown {
    uint32_t node;
    uint32_t depth;
    uint64_t left_out; /* neighbours in the direction of the view */
    bool is_start, wants_roots;
    bool is_held; /* in a tree: what holds it is drawn */
};

struct drawing {
    struct arena *arena, *scratch;
    const struct drawing_input *input;
    const struct object_query *query;
    struct shown *shown;
    size_t shown_count, shown_capacity;
    uint32_t *places; /* by node: index in `shown` */
    struct object_node *nodes;
    size_t node_count, node_capacity;
    struct object_edge *edges;
    size_t edge_count, edge_capacity;
};

void drawing_hide_all(struct drawing *drawing);
/* Returns the node's place in `shown`. */
uint32_t drawing_show(struct drawing *drawing, uint32_t node, uint32_t depth);
void drawing_show_start(struct drawing *drawing, uint32_t node, uint32_t depth);

uint64_t drawing_retained(const struct drawing *drawing, uint32_t node);
bool drawing_is_freed(const struct drawing *drawing, uint32_t node);

/* Keeps the `limit` biggest, biggest first. */
struct drawing_best {
    const struct drawing *drawing;
    uint32_t *nodes;
    uint64_t count, limit;
};

struct drawing_best drawing_best(struct drawing *drawing);
void drawing_add_best(struct drawing_best *best, uint32_t node);

/* Returns the index of the node. */
size_t drawing_add_node(struct drawing *drawing, struct object_node node);
struct object_node drawing_describe(const struct drawing *drawing, uint32_t node);

#endif
