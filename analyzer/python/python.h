/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_ANALYSIS_H
#define LEAKGRAPH_PYTHON_ANALYSIS_H

/*
 * Judges the objects of a Python process by the collector's rules, in the last snapshot that has
 * them: usually the one taken just before Python ends, when it collects its garbage.
 */

#include <stdbool.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/evidence.h"
#include "analyzer/model.h"

/* The snapshot that the objects are judged by: `number`, or for 0 the last one that has objects.
 * NULL: none has. */
const struct recording_snapshot_entry *python_snapshot(const struct recording *recording,
                                                       uint64_t number);

/* Version and why_not; NULL when the process never started a Python. */
struct python *python_describe(struct arena *arena, const struct evidence *evidence);

/* Fills the rest. */
bool python_judge(struct python *python, struct arena *arena, const struct evidence *evidence,
                  uint64_t number, struct error *error);

/*
 * Python's objects are never leaks, whatever becomes of them: they count as reachable by
 * definition, in a snapshot from after Python's end too, according to what they were before. The
 * graph's arrays belong to the images, so those that change are copied first.
 */
bool python_mark_objects(struct graph *graph, struct arena *arena, struct snapshot_images *images,
                         struct error *error);

#endif
