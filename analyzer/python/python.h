/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_ANALYSIS_H
#define LEAKGRAPH_PYTHON_ANALYSIS_H

/*
 * Judges the objects of a Python process by the collector's rules, in the last snapshot that has
 * them: most often the one taken just before Python ends, since Python collects its garbage then.
 */

#include <stdbool.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/graph.h"
#include "analyzer/model.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/sites.h"

/* Fills all but version and why_not. `number`: the snapshot that was asked for, 0 the last. */
bool python_judge(struct python *python, struct arena *arena, const struct recording *recording,
                  struct stacks *stacks, const struct sites *sites, uint64_t number,
                  struct error *error);

/*
 * Python's objects are no leaks, whatever becomes of them: they count as reachable by definition.
 * Also in a snapshot from after its end, by what they were before.
 */
bool python_mark_objects(struct graph *graph, struct arena *arena,
                         const struct recording *recording,
                         const struct recording_snapshot_entry *snapshot, struct error *error);

#endif
