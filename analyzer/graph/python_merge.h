/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_MERGE_H
#define LEAKGRAPH_PYTHON_MERGE_H

/*
 * Makes the graph of a snapshot one of blocks and Python objects: objects have the names of their
 * classes, and exact references in place of the pointers found in them (python_graph.h says which
 * pointers stay). The offset of such a reference is no place in a block but a number that
 * python_merge_label knows.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/graph.h"
#include "analyzer/graph/snapshot_image.h"
#include "analyzer/recording/recording_reader.h"

/* The snapshot's own graph when it has no Python objects. `names` owns the types' names. */
bool python_merge(struct graph *merged, struct arena *arena, struct arena *names,
                  struct snapshot_images *images, const struct recording_snapshot_entry *snapshot,
                  struct error *error);

/* How a reference is called, "peer"; NULL when the offset is one of a pointer. */
const char *python_merge_label(const struct graph *graph, struct arena *arena, uint64_t offset);

/* The snapshot from before Python ended, when only the process's own end came after it; otherwise
 * 0. */
uint64_t python_merge_last_look(const struct recording *recording);

/* Where in its holder a pointer lies; 0 of a reference, whose label tells. */
uint64_t python_merge_offset(uint64_t offset);

/* Is the type, an index into the graph's, a class of Python? */
bool python_merge_is_type(const struct graph *graph, uint32_t type);
/* Is the node an object of Python? */
bool python_merge_is_object(const struct graph *graph, uint32_t node);
/* "local variable plan in Planner.run" when a function that runs holds the node so, otherwise NULL.
 */
const char *python_merge_local(const struct graph *graph, struct arena *arena, uint32_t node);

#endif
