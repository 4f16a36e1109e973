/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STACK_CACHE_H
#define LEAKGRAPH_STACK_CACHE_H

/*
 * A thread's memory of its last stacks. A new stack is stepped from its inner end only until a
 * frame equals one of a remembered stack in pc and sp (and fp, where a frame outward of it depends
 * on fp). From there outward it is enough to look whether each place that a return address was read
 * from still holds it: equal pc, sp and fp step by the same rule to the same place, so the first
 * place that holds something else is the first frame that differs. What is remembered may be as old
 * as it likes.
 *
 * Owned by one thread and used by one capture at a time. No malloc, no lock.
 *
 *     struct stack_memory *stack = stack_cache_walk(&cache, caller);   frames 1 .. stack->count -
 * 1
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/base/call_frame.h"
#include "preload/unwind/stack_memory.h"
#include "preload/unwind/stack_walk.h"

enum { STACK_CACHE_MEMORIES = 8, STACK_CACHE_MAX_FRAMES = 1 << 16 };

struct stack_cache {
    struct stack_memory memories[STACK_CACHE_MEMORIES]; /* one for each stack the thread runs on */
    struct stack_memory *current;
    struct stack_step_record
        *fresh; /* frames of the last walk that were stepped, innermost first */
    uint32_t fresh_count, fresh_capacity;
    struct stack_range thread_stack;
    uint64_t clock;
};

/* NULL when the stack is too deep, or there was no memory: walk it without the cache. */
struct stack_memory *stack_cache_walk(struct stack_cache *cache, struct call_frame caller);
/* Modules came or went: what is remembered would be stepped otherwise now. */
void stack_cache_forget(struct stack_cache *cache);

#endif
