/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ROOT_NAMES_H
#define LEAKGRAPH_ROOT_NAMES_H

/*
 * Where a root lies, as people say it: "global g_registry (robot.cpp:12)", "thread "controller"
 * stack in Planner::run". Variables have a type, too, which tells what they point to.
 */

#include "analyzer/base/arena.h"
#include "analyzer/symbols/edge_labels.h"
#include "analyzer/graph/graph.h"
#include "analyzer/sites/stacks.h"
#include "analyzer/recording/thread_places.h"

struct root_names;

struct root_names *root_names_new(struct arena *arena, const struct recording *recording,
                                  struct stacks *stacks, const struct thread_places *places);

/* Roots are of this graph: Python's local variables get their names from it. */
void root_names_use(struct root_names *names, const struct graph *graph);

/* The variable's name or the kind of memory; never NULL. The same pointer for the same place. */
const char *root_names_text(struct root_names *names, const struct graph_root *root);
/* Which member of the variable it is: "[3].next"; text NULL when it is all of it, or nothing tells.
 */
struct edge_label root_names_label(struct root_names *names, const struct graph_root *root);
/* A block of the loader's that is thread-local storage: NULL when it is none. */
const struct thread_storage *root_names_storage_in(const struct root_names *names, uint64_t address,
                                                   uint64_t size_bytes);
const char *root_names_storage_text(struct root_names *names, const struct thread_storage *storage);
/* The variable at an offset of it, "cache.entries[3]", and what it points to. */
struct edge_label root_names_storage_label(struct root_names *names,
                                           const struct thread_storage *storage, uint64_t offset);

/* Whether it is a variable that lives as long as the program or thread: it says more than a stack.
 */
bool root_names_is_static(const struct root_names *names, const struct graph_root *root);

#endif
