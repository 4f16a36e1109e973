/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SNAPSHOTS_H
#define LEAKGRAPH_SNAPSHOTS_H

/*
 * The snapshots of a recording: all of them for the model, and the one of a number for who loads
 * its graph.
 *
 *     const struct recording_snapshot_entry *entry = snapshots_find(recording, 2, &error);
 *     if (!entry || !graph_load(&graph, arena, names, recording, entry, &error)) ...
 */

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/model.h"
#include "analyzer/recording/recording_reader.h"

/* In order of their numbers; everything is the arena's. */
const struct snapshot *snapshots_list(struct arena *arena, const struct recording *recording,
                                      size_t *count);

/* The complete snapshot of that number, 0: the last complete one. NULL with `error` when there is
 * none. */
const struct recording_snapshot_entry *snapshots_find(const struct recording *recording,
                                                      uint64_t number, struct error *error);

#endif
