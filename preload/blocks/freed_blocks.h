/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FREED_BLOCKS_H
#define LEAKGRAPH_FREED_BLOCKS_H

/*
 * What is freed after the last snapshot of a process: destructors of libraries run after ours, and
 * what they free is no leak. The reader subtracts it. Called inside malloc: no malloc, no lock.
 */

#include <stdbool.h>
#include <stdint.h>

extern bool freed_blocks_wanted;

/* From now on frees belong to this snapshot; 0 ends it. */
void freed_blocks_start(uint64_t snapshot);
void freed_blocks_add(uintptr_t address);

#endif
