/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OBJECTS_H
#define LEAKGRAPH_OBJECTS_H

/* One process's object graph as a query asks for it: fills a struct object_graph of the model. */

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/object_graph.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/sites.h"
#include "analyzer/sites/stacks.h"

/* Of the snapshot with that number, 0: the last complete one. Everything is the arena's. NULL when
 * the recording is damaged; when there is no such snapshot why_not says so. */
const struct object_graph *objects_find(struct arena *arena, const struct recording *recording,
                                        uint64_t snapshot, const struct object_query *query,
                                        struct stacks *stacks, const struct sites *sites,
                                        struct error *error);

#endif
