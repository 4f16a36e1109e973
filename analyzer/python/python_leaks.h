/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_LEAKS_H
#define LEAKGRAPH_PYTHON_LEAKS_H

/* Objects with more references than pointers to them, by type and birth: python->leaks. */

#include <stdbool.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/model.h"
#include "analyzer/graph/python_graph.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/sites.h"

bool python_leaks_find(struct python *python, struct arena *arena, const struct python_graph *both,
                       struct stacks *stacks, const struct sites *sites,
                       const struct recording *recording,
                       const struct recording_snapshot_entry *snapshot, struct error *error);

#endif
