/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SCAN_ROOTS_H
#define LEAKGRAPH_SCAN_ROOTS_H

/*
 * Where reachability begins: writable data of all modules, stacks above their stack pointers,
 * registers, TLS and pthread-specific data, and every other writable mapping that is not allocator
 * memory. Left out are the allocator's memory (brk, arenas, mapped chunks), stacks of dead threads,
 * what lies below stack pointers, and our own memory. In the snapshot child only.
 */

#include <stdbool.h>

#include "preload/scan/scan_stream.h"
#include "preload/scan/image.h"

/* Writes the root stream; counts into snapshot->record. False without memory: what is no root would
 * not be known. */
bool scan_roots(struct snapshot *snapshot, struct scan_stream *stream);

#endif
