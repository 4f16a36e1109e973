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
 * Often that frame only stands at its next call: when the rule of its new pc leads to the same
 * places, it is moved there, and the look goes on outward of it.
 *
 * Owned by one thread and used by one capture at a time. No malloc, no lock.
 *
 *     struct stack_memory *stack = stack_cache_walk(&cache, &caller);   frames 1 .. stack->count -
 * 1
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/base/call_frame.h"
#include "preload/recording.h"
#include "preload/unwind/stack_walk.h"

struct stack_frame {
    uintptr_t pc, sp, fp;
    uintptr_t pc_slot, fp_slot; /* see struct stack_link; pc_slot 0: has to be stepped again */
    uint64_t hash;              /* see stack_hash.h: of this frame and all outward of it */
    uint32_t module_and_flags;  /* as in a recording's stacks */
    uint32_t flags;             /* enum stack_frame_flags */
    uint32_t stack;             /* in the stack table, whose own frame this is; 0: not known */
    uint32_t site;              /* of the stack that has this frame innermost; 0: not known */
    uint32_t claims_end;        /* the claims of this frame and all outward of it */
};

enum stack_frame_flags {
    STACK_FRAME_USES_FP = UNWIND_USES_FP,
    STACK_FRAME_PASSES_FP = UNWIND_PASSES_FP,
    STACK_FRAME_NEEDS_FP = 4,    /* it or a frame outward of it depends on its fp */
    STACK_FRAME_INTERRUPTED = 8, /* by a signal: its pc is exact */
    STACK_FRAME_CAREFUL = 16,    /* what its step read had to be probed */
};

/* What a walk finds of a frame. Its fields are copied one by one: a wider load than the stores
   before it would stall. */
struct stack_step_record {
    uintptr_t pc, sp, fp, pc_slot, fp_slot;
    uint32_t module_and_flags, flags;
};

/* While the word at an address is what it was, the frame that it belongs to has the same caller. */
struct stack_claim {
    const uintptr_t *address;
    uintptr_t word;
};

/* Frames outermost first, from index 1; frame 0 and claim 0, which never holds, end every search.
 */
struct stack_memory {
    struct stack_frame *frames;
    struct stack_claim *claims; /* up to two for each frame */
    uint32_t count, capacity;
    uint32_t segment_first; /* the frames from here on are on one stack, inner ones of a signal */
    uintptr_t segment_high; /* sp of the outermost of them */
    uint32_t first_moved; /* in the last walk: the outermost frame that has another pc, UINT32_MAX:
                             none */
    uint32_t moved_count; /* how many there were */
    uint64_t last_used;
};

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
struct stack_memory *stack_cache_walk(struct stack_cache *cache, const struct call_frame *caller);
/* Modules came or went: what is remembered would be stepped otherwise now. */
void stack_cache_forget(struct stack_cache *cache);

/* The module in the stack table's words. */
static inline uint32_t stack_frame_module(struct unwind_rule rule)
{
    return rule.module == UNWIND_NO_MODULE ? RECORDING_NO_MODULE : (uint32_t)rule.module;
}

#endif
