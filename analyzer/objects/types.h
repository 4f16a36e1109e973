/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TYPES_H
#define LEAKGRAPH_TYPES_H

/*
 * The blocks of a snapshot summed up by type name; those without a type by site. What a type
 * retains counts every block once: what one of its objects holds through another is not counted
 * again.
 */

#include "analyzer/base/arena.h"
#include "analyzer/graph/dominator_tree.h"
#include "analyzer/graph/graph.h"
#include "analyzer/objects/node_names.h"
#include "analyzer/object_graph.h"
#include "analyzer/graph/paths.h"
#include "analyzer/sites/sites.h"

struct types_input {
    const struct graph *graph;
    struct node_names *names;
    const struct sites *sites;
    const struct dominator_tree *tree;
    const struct paths *paths;
    const bool *is_old; /* by node: do not count it; NULL: count all */
};

/* Most bytes first; belongs to the arena. */
const struct object_type *types_sum(struct arena *arena, const struct types_input *input,
                                    size_t *count);

/* The same by the call stacks that made the blocks. */
const struct object_site *types_sum_sites(struct arena *arena, const struct types_input *input,
                                          size_t *count);

#endif
