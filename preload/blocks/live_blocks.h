/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LIVE_BLOCKS_H
#define LEAKGRAPH_LIVE_BLOCKS_H

/*
 * The live table: address -> size, site, kind, birth of every live block. A radix map over pages
 * with one word for every 32 bytes (16 where malloc is not glibc's); the table needs no lock,
 * because who owns a block owns its words. It is private memory, so that a forked snapshot child
 * sees it as it was at the fork.
 *
 * Blocks that are not aligned to 16 bytes (jemalloc's smallest) and those of 8 GB and more live in
 * a small side table with a spin lock.
 *
 * Called inside malloc: no malloc, no lock that another thread can hold for long.
 */

#include <stdbool.h>
#include <stddef.h>

#include "preload/blocks/live_block.h"

/* Before the first block: does libc's malloc serve the program? */
void live_blocks_start(bool is_glibc);

/* False when there is no memory for the table (counted): the block is not followed. */
bool live_blocks_add(const struct live_block *block);

enum live_blocks_answer live_blocks_find(const void *address, struct live_block *block);
/* Fills `block` when the answer is LIVE, and takes it out; `pc` is where it is freed. */
enum live_blocks_answer live_blocks_remove(const void *address, struct live_block *block,
                                           uintptr_t pc);
/* What is still known of a block that was taken out, as long as no other one is there: returns
   where it was freed, 0 unknown; site 0 when it is not known either. */
uintptr_t live_blocks_freed(const void *address, struct live_block *block);
/* Takes the block out only while it is still this one: its memory may be somebody else's by now. */
void live_blocks_remove_if_same(const struct live_block *block, uintptr_t pc);
void live_blocks_set_kind(const void *address, enum recording_block_kind kind);
/* The live block that an address lies in. Slow: only for errors. */
bool live_blocks_covering(const void *address, struct live_block *block);

/* How many there are. */
size_t live_blocks_count(void);
/* At most so many are this process's own: those of the side table are not told apart. */
size_t live_blocks_count_own(void);

/* Calls visit for every block until it returns false: in address order, but those of the side table
   last. Other threads may change the table meanwhile. */
void live_blocks_walk(live_blocks_visitor *visit, void *context);
/* The blocks of each site, in any number of parts; quicker than a walk. */
typedef void live_blocks_adder(uint32_t site, uint64_t blocks, uint64_t bytes, void *context);
void live_blocks_sum(live_blocks_adder *add, void *context);
void live_blocks_walk_own(live_blocks_visitor *visit, void *context);
void live_blocks_walk_inherited(live_blocks_visitor *visit, void *context);

/* A child of fork: locks of threads that are no more are released. */
void live_blocks_restart_after_fork(void);

/*
 * In a child, before it has other threads: the blocks of now are those that it was born with. They
 * are found as before, and walked apart. False when there is no memory for that.
 */
bool live_blocks_set_aside(uint64_t born_before_ticks);
bool live_blocks_are_set_aside(void);

#endif
