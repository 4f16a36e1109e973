/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LIVE_SIDE_H
#define LEAKGRAPH_LIVE_SIDE_H

/*
 * The few blocks that the live table's words cannot hold: not aligned to 16 bytes, too large, at
 * too high an address, or two in one granule. Open addressing under one spin lock, which is given
 * up after a while: its holder may be this very thread, interrupted by a signal.
 */

#include "preload/blocks/live_block.h"

bool live_side_add(const struct live_block *block);
enum live_blocks_answer live_side_find(uintptr_t address, struct live_block *block, bool take);

/* Without the lock: for the snapshot child, and for a number that may be old. */
size_t live_side_count(void);
bool live_side_walk(live_blocks_visitor *visit, void *context);

void live_side_restart_after_fork(void);

#endif
