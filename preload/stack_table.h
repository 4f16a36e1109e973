/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STACK_TABLE_H
#define LEAKGRAPH_STACK_TABLE_H

/*
 * The trie of call stacks and the sites at its leaves, in the recording; their hash indices are private.
 * A node is its pc, its caller, and the module the pc was in: after another module was mapped at the
 * same address its code gets nodes of its own.
 * Called inside malloc, by many threads, and in signal handlers: no malloc, no lock.
 */

#include <stdint.h>

#include "preload/recording.h"

enum { STACK_TABLE_MAX_SITES = 1 << 24, STACK_TABLE_MAX_NODES = 1 << 25 };

/* Takes node 0, the empty stack, and site 0. Before the first capture. */
void stack_table_start(void);

/* The node for `pc` called from `parent` (0: outermost), made when new; module_and_flags as in struct
   recording_stack_node. 0 when there is no room (the caller counts the drop). */
uint32_t stack_table_push(uint32_t parent, uintptr_t pc, uint32_t module_and_flags);
/* The site at a node, made when new; 0 when there is no room. */
uint32_t stack_table_site(uint32_t node);
/* The same, 0 when none was made yet. */
uint32_t stack_table_known_site(uint32_t node);

/* NULL for a node that does not exist. */
const struct recording_stack_node *stack_table_node(uint32_t node);
/* The innermost node of a site. */
uint32_t stack_table_node_of_site(uint32_t site);

/*
 * A forked child gets a recording of its own: copies nodes and sites into it with the same ids.
 * Single-threaded. The parent's recording is still mapped while this runs.
 */
void stack_table_restart_after_fork(void);

#endif
