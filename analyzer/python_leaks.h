/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_LEAKS_H
#define LEAKGRAPH_PYTHON_LEAKS_H

/* Objects with more references than pointers to them, by type and birth: python->leaks. */

#include <stdbool.h>

#include "analyzer/arena.h"
#include "analyzer/error.h"
#include "analyzer/model.h"
#include "analyzer/python_graph.h"
#include "analyzer/recording_reader.h"
#include "analyzer/sites.h"

bool python_leaks_find(struct python *python, struct arena *arena, const struct python_graph *both,
                       struct stacks *stacks, const struct sites *sites,
                       const struct recording *recording,
                       const struct recording_snapshot_entry *snapshot, struct error *error);

#endif
