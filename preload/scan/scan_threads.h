/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SCAN_THREADS_H
#define LEAKGRAPH_SCAN_THREADS_H

/*
 * What the memory of each thread is for: thread-local storage by module, the values of its pthread
 * keys, the frames on its stack. For the names of roots only: nothing here decides what is reached.
 * Stacks are walked in the snapshot child, where they stand still and the program does not wait.
 */

#include "preload/scan/scan_stream.h"
#include "preload/scan/image.h"

/* Writes the stream of places. What cannot be read is left out. */
void scan_threads(const struct snapshot *snapshot, struct scan_stream *stream);

#endif
