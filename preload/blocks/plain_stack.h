/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PLAIN_STACK_H
#define LEAKGRAPH_PLAIN_STACK_H

/*
 * A stack that is walked as a whole, without the memory of earlier ones: for threads whose stacks
 * have little in common, and for those too deep to be remembered. Owned by a thread's cache of call
 * stacks. Called inside malloc: no malloc, no lock.
 *
 *     struct plain_walk walk = plain_stack_walk(&plain, caller, &thread_stack);
 *     if (stack_table_find(walk.hash) == 0)
 *         stack_table_add(walk.hash, plain_stack_store(&plain, walk.count, words));
 */

#include <stdint.h>

#include "preload/base/call_frame.h"
#include "preload/unwind/stack_walk.h"

struct plain_frame;
struct stack_table_frame;

/* Zeros to begin with. */
struct plain_stack {
    struct plain_frame *frames;       /* innermost first */
    struct stack_table_frame *stored; /* of the last one that was new, outermost first */
    uint32_t capacity, stored_count;
};

struct plain_walk {
    uint32_t count;
    uint64_t hash; /* ended, see stack_hash.h */
};

struct plain_walk plain_stack_walk(struct plain_stack *plain, const struct call_frame *caller,
                                   const struct stack_range *thread_stack);
/* The stack table's id of the stack just walked; 0 when there is no room. Needs room for
   STACK_DRAFT_WORDS at `words`. */
uint32_t plain_stack_store(struct plain_stack *plain, uint32_t count, uint32_t *words);

#endif
