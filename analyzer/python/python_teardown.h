/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_TEARDOWN_H
#define LEAKGRAPH_PYTHON_TEARDOWN_H

/*
 * At its end an interpreter drops what it holds without freeing all of it: extension modules are
 * forgotten, daemon threads are stopped wherever they are. That is nobody's mistake. So a native
 * block that was reachable in the snapshot from before Python's end counts as reachable in the last
 * one too.
 */

#include <stdbool.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/graph.h"
#include "analyzer/graph/snapshot_image.h"

/* Copies the flags before marking any: the graph's arrays belong to the images. Does nothing unless
 * the program is the interpreter and its end lies between the two snapshots. */
bool python_teardown_mark(struct graph *graph, struct arena *arena, struct snapshot_images *images,
                          struct error *error);

#endif
