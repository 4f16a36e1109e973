/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SNAPSHOT_IMAGE_H
#define LEAKGRAPH_SNAPSHOT_IMAGE_H

/*
 * The snapshots of one recording, each decoded once, and only when somebody first asks for it: the
 * verdict on leaks, Python's, the drawings and the diffs share what was read. So images never
 * change: whoever marks, cuts or merges copies the struct graph and the arrays it writes to
 * (arena_duplicate).
 *
 *     struct snapshot_images *images = snapshot_images_new(arena, names, recording);
 *     const struct graph *graph = snapshot_image_graph(images, entry, &error);
 *     if (!graph) ... the recording is damaged ...
 *
 * Images live as long as `arena`. Names of types live in `names`: findings keep them when the
 * images have gone.
 */

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/graph.h"
#include "analyzer/graph/python_graph.h"
#include "analyzer/graph/python_heap.h"
#include "analyzer/recording/recording_reader.h"

struct snapshot_images;

struct snapshot_images *snapshot_images_new(struct arena *arena, struct arena *names,
                                            const struct recording *recording);
const struct recording *snapshot_images_recording(const struct snapshot_images *images);

/* Each is NULL, with `error`, when the recording is damaged. `entry` is one of the recording's. */
const struct graph *snapshot_image_graph(struct snapshot_images *images,
                                         const struct recording_snapshot_entry *entry,
                                         struct error *error);
/* The snapshot must have Python's objects: recording_python_heap(). */
const struct python_heap *snapshot_image_heap(struct snapshot_images *images,
                                              const struct recording_snapshot_entry *entry,
                                              struct error *error);
/* Both of them as one graph. */
const struct python_graph *snapshot_image_python(struct snapshot_images *images,
                                                 const struct recording_snapshot_entry *entry,
                                                 struct error *error);

#endif
