/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_SCRUB_H
#define LEAKGRAPH_PYTHON_SCRUB_H

/*
 * Clears the places where Python leaves old pointers behind, so that they hold nothing: taken
 * entries of its free lists, and the unused end of each thread's stack of frames. In the snapshot
 * child, whose memory is a copy, before anything is scanned.
 */

#include "preload/scan/image.h"

void python_scrub(const struct snapshot *snapshot);

#endif
