/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_BUILTIN_BLOCKS_H
#define LEAKGRAPH_BUILTIN_BLOCKS_H

/*
 * Which unreached blocks the built-in suppressions apply to, and how much each of them hit.
 *
 *     struct builtin_blocks *blocks = builtin_blocks_new(arena, stacks, site_end);
 *     builtin_blocks_begin(blocks);
 *     if (builtin_blocks_has(blocks, site, size_bytes)) ... it is suppressed, and counted
 *     leaks->builtin = builtin_blocks_list(blocks, arena, &leaks->builtin_count);
 */

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "analyzer/sites/stacks.h"

struct builtin_blocks;

/* Belongs to the arena. */
struct builtin_blocks *builtin_blocks_new(struct arena *arena, struct stacks *stacks,
                                          uint64_t site_end);
/* Counts from the start. What is known of sites stays known. */
void builtin_blocks_begin(struct builtin_blocks *blocks);
/* `site` is the recording's id. */
bool builtin_blocks_has(struct builtin_blocks *blocks, uint32_t site, uint64_t size_bytes);
/* Those that hit something, most bytes first. */
const struct suppression *builtin_blocks_list(const struct builtin_blocks *blocks,
                                              struct arena *arena, size_t *count);

#endif
