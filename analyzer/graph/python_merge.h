/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_MERGE_H
#define LEAKGRAPH_PYTHON_MERGE_H

/*
 * Merges a snapshot's Python objects into its graph of blocks: objects get the names of their
 * classes, and exact references replace the pointers found in them (python_graph.h says which
 * pointers stay). The offset of such a reference is not a place in a block but a number that
 * python_merge_label() understands.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/graph.h"
#include "analyzer/graph/snapshot_image.h"
#include "analyzer/recording/recording_reader.h"

/* Just the snapshot's graph when it has no Python objects. `names` owns the types' names. */
bool python_merge(struct graph *merged, struct arena *arena, struct arena *names,
                  struct snapshot_images *images, const struct recording_snapshot_entry *snapshot,
                  struct error *error);

/* A reference's label, "peer"; NULL when the offset belongs to a pointer. */
const char *python_merge_label(const struct graph *graph, struct arena *arena, uint64_t offset);

/* The snapshot from just before Python ended, if only the end of the process came after it;
 * otherwise 0. */
uint64_t python_merge_last_look(const struct recording *recording);

/* Where in its holder a pointer lies; 0 for a reference, which has a label instead. */
uint64_t python_merge_offset(uint64_t offset);

/* Whether the type, an index into the graph's, is a Python class. */
bool python_merge_is_type(const struct graph *graph, uint32_t type);
/* Whether the node is a Python object. */
bool python_merge_is_object(const struct graph *graph, uint32_t node);
/* "local variable plan in Planner.run" when a running function holds the node so; otherwise NULL.
 */
const char *python_merge_local(const struct graph *graph, struct arena *arena, uint32_t node);

#endif
