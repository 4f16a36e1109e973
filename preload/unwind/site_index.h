/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SITE_INDEX_H
#define LEAKGRAPH_SITE_INDEX_H

/*
 * Finds the site of a stack by the stack's hash: a lock-free hash table that grows and never loses
 * a site or gives one hash two of them. Private memory.
 *
 * Growing: a crowded table gets a successor. Every free place of the old table is closed for good,
 * and every site is copied. A search that ends at a closed place knows that its hash is not in the
 * old table and never will be, and continues in the successor. So nobody waits.
 * Called inside malloc, by many threads, and in signal handlers: no malloc, no lock.
 */

#include <stdbool.h>
#include <stdint.h>

struct site_index_table;

struct site_index {
    struct site_index_table *_Atomic table;
};

/* The site with this hash; 0 when there is none, and rarely while another thread is adding it. A
   hash is neither 0 nor UINT64_MAX. */
uint32_t site_index_find(struct site_index *index, uint64_t hash);
/* The same, but adds `site` when there is none. 0 when there is no room. */
uint32_t site_index_add(struct site_index *index, uint64_t hash, uint32_t site);

/* In a forked child, single-threaded: finishes what a thread of the parent had begun. */
void site_index_restart_after_fork(struct site_index *index);

#endif
