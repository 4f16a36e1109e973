/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ROOT_NAMES_H
#define LEAKGRAPH_ROOT_NAMES_H

/*
 * Where a root lies, in people's words: "global g_registry (robot.cpp:12)", "thread "controller"
 * stack in Planner::run". Variables also have a type, which says what they point to.
 */

#include "analyzer/base/arena.h"
#include "analyzer/symbols/edge_labels.h"
#include "analyzer/graph/graph.h"
#include "analyzer/sites/stacks.h"
#include "analyzer/recording/thread_places.h"

struct root_names;

struct root_names *root_names_new(struct arena *arena, const struct recording *recording,
                                  struct stacks *stacks, const struct thread_places *places);

/* Roots lead into this graph, which names Python's local variables. */
void root_names_use(struct root_names *names, const struct graph *graph);

/* The variable's name or the kind of memory; never NULL. Equal places give equal pointers. */
const char *root_names_text(struct root_names *names, const struct graph_root *root);
/* Which member of the variable it is: "[3].next"; text NULL when it is the whole variable, or
 * unknown. */
struct edge_label root_names_label(struct root_names *names, const struct graph_root *root);
/* The thread-local storage in a block of the loader; NULL when there is none. */
const struct thread_storage *root_names_storage_in(const struct root_names *names, uint64_t address,
                                                   uint64_t size_bytes);
const char *root_names_storage_text(struct root_names *names, const struct thread_storage *storage);
/* The variable at an offset in it, "cache.entries[3]", and what it points to. */
struct edge_label root_names_storage_label(struct root_names *names,
                                           const struct thread_storage *storage, uint64_t offset);

/* Whether it is a variable that lives as long as the program or thread, which says more than a
 * stack. */
bool root_names_is_static(const struct root_names *names, const struct graph_root *root);

#endif
