/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SCAN_INDEX_H
#define LEAKGRAPH_SCAN_INDEX_H

/*
 * Which block does an address lie in? Built once in the snapshot child from the live table: the
 * blocks in address order, and for every page a bit per 8 bytes where a block begins, so that a
 * look-up is two loads and a population count.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/blocks/live_block.h"

struct scan_node {
    uintptr_t address;
    uint64_t size_bytes;
    uint32_t site;
    uint8_t kind;
    bool is_root;
};

extern struct scan_node *scan_nodes;
extern size_t scan_node_count;

/* False when there is not enough memory. `own_only`: without what the process was born with. */
bool scan_index_build(bool own_only);

struct scan_node scan_index_node(const struct live_block *block);
/* With what it can hold beyond what was asked for, where glibc's header tells that. */
uintptr_t scan_index_end_of_words(const struct scan_node *node);

/*
 * The same for many addresses at once: each step prefetches what the next one reads, since a heap's
 * pointers are one cache miss after another. Addresses outside of scan_lowest .. scan_highest are
 * in no block.
 */
struct scan_query {
    uintptr_t address;
    uint64_t entry;
    size_t node; /* the answer */
};
extern uintptr_t scan_lowest, scan_highest;
void scan_index_find_many(struct scan_query *queries, size_t count, size_t stride_bytes);

/* The node whose block holds the address (its start counts for an empty block), SIZE_MAX for none.
 */
size_t scan_index_find(uintptr_t address);

/*
 * Lock-free containers keep a count in the upper 16 bits of a pointer, where addresses have none,
 * and flags in the lower 4, where blocks begin at multiples of 16. The address in a word, for the
 * look-up, and then what the word points to. A word with something in its upper bits is believed
 * only where a pointer can be: anything else may be a number or a hash.
 */
static inline uintptr_t scan_index_address(uintptr_t word)
{
    return word & (((uintptr_t)1 << 48) - 1);
}
struct scan_target {
    size_t node; /* SIZE_MAX: nothing */
    uintptr_t offset;
    bool tagged;
};
struct scan_target scan_index_target(uintptr_t word, size_t node);

#endif
