/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LEAKS_H
#define LEAKGRAPH_LEAKS_H

/*
 * Sums up the leaked part of the graph by class, and by class and site. A group retains the bytes
 * that would go if all of its blocks went; a block inside the dominator subtree of another of the
 * group is not counted twice. A block in a cycle retains what its whole cycle retains.
 */

#include "analyzer/base/arena.h"
#include "analyzer/graph/leak_graph.h"
#include "analyzer/model.h"
#include "analyzer/objects/node_names.h"
#include "analyzer/sites/sites.h"

/* Fills everything but `checked` and `why_not`, and the sites' leaked blocks and bytes. `names`
 * NULL: no types. */

void leaks_sum(struct leaks *leaks, struct arena *arena, const struct leak_graph *leak_graph,
               const struct sites *sites, struct node_names *names);

#endif
