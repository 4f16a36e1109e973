/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HOLDER_NAMES_H
#define LEAKGRAPH_HOLDER_NAMES_H

/*
 * What a program calls a word of a block: "Manager.nodes[]", "main::lambda.n". A container's memory
 * is called after the variable or the object that has the container: "registry[] (robot.cpp:6)".
 *
 *     struct holder_names *names = holder_names_new(arena, scratch, graph, node_names, root_names,
 *                                                   &error);
 *     const char *text = holder_names_text(names, node, 24);
 */

#include "analyzer/graph/paths.h"
#include "analyzer/objects/node_names.h"
#include "analyzer/objects/root_names.h"

struct holder_names;

/* NULL when the recording is damaged. */
struct holder_names *holder_names_new(struct arena *arena, struct arena *scratch,
                                      const struct graph *graph, struct node_names *nodes,
                                      struct root_names *roots, struct error *error);
/* NULL: nothing tells. */
const char *holder_names_text(struct holder_names *names, uint32_t node, uint64_t offset);
const char *holder_names_root(struct holder_names *names, const struct graph_root *root);

#endif
