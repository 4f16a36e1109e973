/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_NODE_INDEX_H
#define LEAKGRAPH_NODE_INDEX_H

/*
 * Finds the id of a record by its content: a lock-free hash index that grows and never loses or doubles
 * an id. Private memory; the records are the caller's.
 *
 * Growing: a table that gets crowded gets a successor. Every free place of the old table is closed for
 * good and every id copied; who meets a closed place at the end of its search knows that its record
 * is not in the old table and never will be, and goes on in the successor. So nobody waits.
 * Called inside malloc, by many threads, and in signal handlers: no malloc, no lock.
 */

#include <stdbool.h>
#include <stdint.h>

struct node_index_table;

struct node_index {
    /* Whether the record `id` is the one that is looked for. */
    bool (*matches)(uint32_t id, const void *wanted);
    struct node_index_table *_Atomic table;
};

/* The id of the record with this hash and content, 0 when there is none. */
uint32_t node_index_find(struct node_index *index, uint32_t hash, const void *wanted);
/* The same; when there is none, `id` is it from now on. 0 when there is no room. */
uint32_t node_index_add(struct node_index *index, uint32_t hash, const void *wanted, uint32_t id);

/* In a forked child, single-threaded: ends what a thread that is no more had begun. */
void node_index_restart_after_fork(struct node_index *index);

#endif
