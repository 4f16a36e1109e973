/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OBJECTS_H
#define LEAKGRAPH_OBJECTS_H

/* One process's object graph as a query asks for it: fills a struct object_graph of the model. */

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/evidence.h"
#include "analyzer/object_graph.h"

/* Uses the snapshot with that number; 0: the last complete one. Everything belongs to the arena.
 * NULL when the recording is damaged; when there is no such snapshot, why_not says so. */
const struct object_graph *objects_find(struct arena *arena, const struct evidence *evidence,
                                        uint64_t snapshot, const struct object_query *query,
                                        struct error *error);

#endif
