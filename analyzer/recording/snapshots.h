/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SNAPSHOTS_H
#define LEAKGRAPH_SNAPSHOTS_H

/*
 * The snapshots of a recording: all of them for the model, and one by its number for whoever needs
 * its graph.
 *
 *     const struct recording_snapshot_entry *entry = snapshots_find(recording, 2, &error);
 *     const struct graph *graph = entry ? snapshot_image_graph(images, entry, &error) : NULL;
 */

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/model.h"
#include "analyzer/recording/recording_reader.h"

/* Ordered by number; everything belongs to the arena. */
const struct snapshot *snapshots_list(struct arena *arena, const struct recording *recording,
                                      size_t *count);

/* The complete snapshot with that number; 0: the last complete one. NULL with `error` when there is
 * none. */
const struct recording_snapshot_entry *snapshots_find(const struct recording *recording,
                                                      uint64_t number, struct error *error);

#endif
