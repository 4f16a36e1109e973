/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OBJECT_VIEWS_H
#define LEAKGRAPH_OBJECT_VIEWS_H

/*
 * Which part of the object graph a query shows, and its nodes and edges with their names. What is
 * too much becomes a stub that tells how many were left out.
 */

#include "analyzer/base/arena.h"
#include "analyzer/graph/dominator_tree.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/graph.h"
#include "analyzer/objects/node_names.h"
#include "analyzer/object_graph.h"
#include "analyzer/graph/paths.h"
#include "analyzer/objects/root_names.h"
#include "analyzer/sites/sites.h"

struct object_views_input {
    const struct graph *graph;
    struct node_names *names;
    struct root_names *roots;
    const struct sites *sites;
    const struct dominator_tree *tree;
    const struct paths *paths;
};

/* Fills matches, nodes and edges. False when the recording is damaged. */
bool object_views_fill(struct object_graph *objects, struct arena *arena, struct arena *scratch,
                       const struct object_views_input *input, const struct object_query *query,
                       struct error *error);

#endif
