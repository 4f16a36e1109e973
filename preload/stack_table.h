/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STACK_TABLE_H
#define LEAKGRAPH_STACK_TABLE_H

/*
 * The trie of call stacks and the sites at its leaves, in the recording; their hash indices are private.
 * Called inside malloc, by many threads, and in signal handlers: no malloc, no lock.
 */

#include <stdint.h>

enum { STACK_TABLE_MAX_SITES = 1 << 24 };

/* The node for `pc` called from `parent` (0: outermost), made when new. flags: recording_stack_flags.
   0 when there is no room (the caller counts the drop). */
uint32_t stack_table_push(uint32_t parent, uintptr_t pc, uint32_t flags);
/* The site at a node; 0 when there is no room. */
uint32_t stack_table_site(uint32_t node);

/* Modules went away: nodes with a pc in one of them are not found again. */
void stack_table_forget_unloaded(void);

/*
 * A forked child gets a recording of its own: copies nodes and sites into it with the same ids.
 * Single-threaded. The parent's recording is still mapped while this runs.
 */
void stack_table_restart_after_fork(void);

#endif
