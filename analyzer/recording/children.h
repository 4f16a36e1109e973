/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ANALYZER_CHILDREN_H
#define LEAKGRAPH_ANALYZER_CHILDREN_H

/*
 * Which processes of a session have no recording, and why: the notes that all recordings have about
 * processes they started, less those that are recorded.
 *
 *     struct children children = {.arena = arena};
 *     children_collect(&children, &recording);              each of the session
 *     children_unrecorded(&children, &count);
 */

#include <stddef.h>

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "analyzer/recording/recording_reader.h"

struct child_note;
struct child_image;

struct children {
    struct arena *arena;
    struct child_note *notes;
    size_t note_count, note_capacity;
    struct child_image *images; /* what is recorded */
    size_t image_count, image_capacity;
    struct unrecorded *unborn; /* children of ended processes that did not even note themselves */
    size_t unborn_count, unborn_capacity;
};

void children_collect(struct children *children, const struct recording *recording);
const struct unrecorded *children_unrecorded(const struct children *children, size_t *count);

#endif
