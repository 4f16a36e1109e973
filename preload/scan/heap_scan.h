/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HEAP_SCAN_H
#define LEAKGRAPH_HEAP_SCAN_H

/*
 * What the snapshot child does: index the live blocks, find the roots, follow every word of every
 * block, write nodes, edges and roots into the recording. It runs alone on a copy-on-write image of
 * the target: nothing it reads changes, and no lock of the image may be waited for. No malloc, no
 * stdio.
 */

#include "preload/scan/image.h"

/* In the child only. Ends the child: status 0 when the snapshot is complete. */
_Noreturn void heap_scan(struct snapshot *snapshot);

#endif
