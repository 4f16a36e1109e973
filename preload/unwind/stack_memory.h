/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STACK_MEMORY_H
#define LEAKGRAPH_STACK_MEMORY_H

/*
 * One remembered stack. Beside the frames stand their claims: where each step read the caller's
 * registers, and what it found there. While the words at the claims of a frame and of all outward
 * of it are what they were, all these frames are.
 *
 * Often a frame only stands at its next call: when the rule of its new pc leads to the same places,
 * it is moved there, and the look goes on outward of it. Frames inward of the present stack stay:
 * the next stack may enter them again.
 *
 * Owned by the thread's stack_cache. No malloc, no lock.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/base/call_frame.h"
#include "preload/recording.h"
#include "preload/unwind/stack_walk.h"

/* One cache line. Where its step read the caller's pc is the address of its last claim. */
struct stack_frame {
    uintptr_t pc, sp, fp;
    uint64_t rule; /* the word of struct unwind_rule */
    uint64_t hash; /* see stack_hash.h: of this frame and all outward of it */
    struct recording_site_counters *counters; /* the thread's own of `site`; NULL: not known */
    uint32_t stack;      /* in the stack table, whose own frame this is; 0: not known */
    uint32_t site;       /* of the stack that has this frame innermost; 0: not known */
    uint32_t claims_end; /* the claims of this frame and all outward of it */
    uint32_t flags;      /* enum stack_frame_flags */
};

enum stack_frame_flags {
    STACK_FRAME_NEEDS_FP = 4, /* it or a frame outward of it depends on its fp */
    STACK_FRAME_CAREFUL = 16, /* what its step read had to be probed */
    STACK_FRAME_PLAIN = 32,   /* stepped by its rule alone, see stack_walk_step_plain */
    STACK_FRAME_INTERRUPTED = RECORDING_STACK_EXACT_PC, /* by a signal: its pc is exact */
    STACK_FRAME_CUT = RECORDING_STACK_CUT,
};

/* What a walk finds of a frame. Its fields are copied one by one: a wider load than the stores
   before it would stall. */
struct stack_step_record {
    uintptr_t pc, sp, fp;
    uint64_t rule;
    uintptr_t pc_slot; /* see struct stack_link; 0: has to be stepped again */
    uintptr_t fp_slot; /* of one that is not plain */
    uint32_t flags;
};

struct stack_claim {
    const uintptr_t *address;
    uintptr_t word;
};

/* Frames outermost first, from index 1; frame 0 and claim 0, which never holds, end every search.
 */
struct stack_memory {
    struct stack_frame *frames;
    struct stack_claim *claims; /* up to two for each frame, behind the frames */
    uint32_t count, capacity;
    uint32_t limit;         /* frames from `count` up to here are of an earlier stack */
    uint32_t segment_first; /* the frames from here on are on one stack, inner ones of a signal */
    uintptr_t segment_high; /* sp of the outermost of them */
    uint32_t first_moved; /* in the last walk: outermost frame with another pc; UINT32_MAX: none */
    uint32_t moved_count; /* how many there were */
    uint64_t last_used;
};

/* False when there is no memory for so many frames, number 0 included. */
bool stack_memory_make_room(struct stack_memory *memory, uint32_t needed);
void stack_memory_forget(struct stack_memory *memory);

/* Is the frame at hand remembered at `index`, or another place in the function of the one there? */
bool stack_memory_has(struct stack_memory *memory, uint32_t index, const struct call_frame *at,
                      bool is_interrupted);
/* Makes frame `index` the innermost one, as far as its claims go. Before stack_memory_validate. */
void stack_memory_enter(struct stack_memory *memory, uint32_t index);
/* The outermost remembered frame up to which the stack is what it was, but for frames that moved; 0
   when that is all of it. Never looks beyond the first difference: what is there may not be mapped
   any more. */
uint32_t stack_memory_validate(struct stack_memory *memory, uint32_t index);
/* Renews what follows from the pcs of frames that moved, up to the last known one. */
void stack_memory_rehash(struct stack_memory *memory, uint32_t known);
/* Puts fresh frames, innermost first, onto the `known` ones. There is room. */
void stack_memory_add(struct stack_memory *memory, uint32_t known,
                      const struct stack_step_record *fresh, uint32_t count);

/* The outermost frame at or outward of `index` that is not outward of sp. */
static inline uint32_t stack_memory_place(const struct stack_memory *memory, uint32_t index,
                                          uintptr_t sp)
{
    while (memory->frames[index].sp < sp) /* not so of frame 0 */
        index--;
    return index;
}

static inline struct stack_claim *stack_memory_last_claim(const struct stack_memory *memory,
                                                          uint32_t index)
{
    return &memory->claims[memory->frames[index].claims_end - 1];
}

/* The first claim from this one outward that does not hold. */
static inline __attribute__((always_inline)) struct stack_claim *
stack_claim_broken(struct stack_claim *claim)
{
    for (;; claim -= 4) {
        if (*claim->address != claim->word)
            return claim;
        if (*claim[-1].address != claim[-1].word)
            return claim - 1;
        if (*claim[-2].address != claim[-2].word)
            return claim - 2;
        if (*claim[-3].address != claim[-3].word)
            return claim - 3;
    }
}

static inline bool stack_frame_is(const struct stack_frame *frame, const struct call_frame *at,
                                  bool is_interrupted)
{
    const uint32_t special = (uint32_t)STACK_FRAME_INTERRUPTED | STACK_FRAME_NEEDS_FP;
    if (frame->sp != at->sp || frame->pc != at->pc)
        return false;
    if (__builtin_expect((frame->flags & special) == 0 && !is_interrupted, 1))
        return true;
    return !(frame->flags & STACK_FRAME_INTERRUPTED) == !is_interrupted &&
           (!(frame->flags & STACK_FRAME_NEEDS_FP) || frame->fp == at->fp);
}

/* Where the step by a plain rule read the caller's fp; 0: it is the frame's own. The CFA is the
   caller's sp. */
static inline uintptr_t stack_frame_plain_fp_slot(struct unwind_rule rule, uintptr_t cfa)
{
    return rule.fp_at_cfa ? cfa + (uintptr_t)((int64_t)rule.fp_words * 8) : 0;
}

/* The module in the stack table's words. */
static inline uint32_t stack_frame_module(struct unwind_rule rule)
{
    return rule.module == UNWIND_NO_MODULE ? RECORDING_NO_MODULE : (uint32_t)rule.module;
}

/* As in a recording's stacks. */
static inline uint32_t stack_frame_module_and_flags(const struct stack_frame *frame)
{
    return stack_frame_module(unwind_rule_of_word(frame->rule)) |
           (frame->flags & (STACK_FRAME_INTERRUPTED | STACK_FRAME_CUT));
}

#endif
