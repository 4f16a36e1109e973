/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SITE_INDEX_H
#define LEAKGRAPH_SITE_INDEX_H

/*
 * Finds the site of a stack by the stack's hash: a lock-free hash table that grows and never loses
 * a site or gives one hash two of them. Private memory.
 *
 * Growing: a table that gets crowded gets a successor. Every free place of the old table is closed
 * for good and every site copied; who meets a closed place at the end of its search knows that its
 * hash is not in the old table and never will be, and goes on in the successor. So nobody waits.
 * Called inside malloc, by many threads, and in signal handlers: no malloc, no lock.
 */

#include <stdbool.h>
#include <stdint.h>

struct site_index_table;

struct site_index {
    struct site_index_table *_Atomic table;
};

/* The site with this hash; 0 when there is none, and rarely when other threads are at it in this
   moment. A hash is neither 0 nor UINT64_MAX. */
uint32_t site_index_find(struct site_index *index, uint64_t hash);
/* The same; when there is none, `site` is it from now on. 0 when there is no room. */
uint32_t site_index_add(struct site_index *index, uint64_t hash, uint32_t site);

/* In a forked child, single-threaded: ends what a thread that is no more had begun. */
void site_index_restart_after_fork(struct site_index *index);

#endif
