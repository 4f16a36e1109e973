/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_NODE_NAMES_H
#define LEAKGRAPH_NODE_NAMES_H

/*
 * Names for blocks and the pointers between them. A block's type is known from its class (RTTI, in
 * stripped programs too), from the call that allocated it (site_types.h), and from typed pointers
 * that lead to it; these make its own pointers typed, and so on through the graph. A block that is
 * no object of its own is named after the member that holds it: "Planner.path_ buffer".
 *
 *     struct node_names_input input = {.graph = &graph, .stacks = stacks};
 *     struct node_names *names = node_names_find(arena, scratch, &input, &error);
 *     printf("%s.%s", node_names_type(names, node), node_names_edge(names, node, 24).text);
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/symbols/edge_labels.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/graph.h"
#include "analyzer/objects/node_kinds.h"
#include "analyzer/objects/root_names.h"
#include "analyzer/sites/stacks.h"

struct node_names;

struct node_names_input {
    const struct graph *graph;
    const bool *part;      /* the nodes that want names; NULL: all */
    struct stacks *stacks; /* its symbols must stay open while names are asked for */
    struct root_names
        *roots; /* global variables type what they point to; NULL: none holds any block */
};

/* NULL when the recording is damaged. The texts are `arena`'s, everything else is `scratch`'s. */
struct node_names *node_names_find(struct arena *arena, struct arena *scratch,
                                   const struct node_names_input *input, struct error *error);

/* In users' words, "shared_ptr<Node>"; NULL: unknown. Equal pointers for equal kinds of blocks. */
const char *node_names_type(struct node_names *names, uint32_t node);
/* Blocks of one kind share a number below the count. NODE_KIND_NONE for a node outside of the part.
 */
uint32_t node_names_kind(const struct node_names *names, uint32_t node);
uint32_t node_names_kind_count(const struct node_names *names);
/* Whether the type is more than a guess: two types may be made at one place, or be of one size. */
bool node_names_is_certain(const struct node_names *names, uint32_t node);
/* Of a block that is an array of one type, the bytes of each; 0 otherwise. */
uint64_t node_names_element_bytes(const struct node_names *names, uint32_t node);
/* Without debug info: what it was allocated for, as the compiler spells it; NULL when nothing
 * tells.
 */
const char *node_names_made_for(const struct node_names *names, uint32_t node);
/* The label of the word at an offset of a node. text NULL: unknown. */
struct edge_label node_names_edge(struct node_names *names, uint32_t node, uint64_t offset);

#endif
