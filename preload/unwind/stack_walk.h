/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STACK_WALK_H
#define LEAKGRAPH_STACK_WALK_H

/*
 * Steps from frame to frame by the rules of unwind_rules.h and never faults. Every CFA must be
 * aligned, move outward and stay within the known bounds of the stack. Where a rule may be wrong
 * (code without unwind information, an interrupted instruction), pages are probed before they are
 * read. Called inside malloc and in signal handlers: no malloc, no lock.
 *
 *     struct call_frame at = *caller;
 *     stack_walk_begin(&walk, caller, range);
 *     do
 *         use(at.pc);
 *     while (stack_walk_step(&walk, &at, unwind_rule_at(stack_walk_address(&walk, &at)), &link) ==
 *            STACK_STEP_CALLER);
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/arch/machine.h"
#include "preload/base/call_frame.h"
#include "preload/unwind/unwind_rules.h"

/* Where a step read the caller's registers, so that a later walk can check whether they changed. */
struct stack_link {
    uintptr_t pc_slot; /* 0: only another step can tell */
    uintptr_t fp_slot; /* 0: the caller's fp is the frame's own */
};

/* The pc_slot of an outermost frame: a word that never changes, so that its check always holds. */
extern const uintptr_t stack_walk_no_caller;

enum stack_step {
    STACK_STEP_CALLER,    /* `at` is the caller now */
    STACK_STEP_OUTERMOST, /* there is no caller */
    STACK_STEP_LOST,      /* there is one, but it was not found */
};

/* The known part of a thread's own stack; empty at first, see stack_walk_learn. */
struct stack_range {
    uintptr_t low, high;
};

struct stack_walk {
    const struct call_frame *start;
    const struct stack_range *thread_stack; /* or NULL */
    uintptr_t high;                         /* no CFA may lie above */
    uintptr_t mapped_low,
        mapped_high;       /* between these, everything outward of a frame can be read */
    uintptr_t probed_page; /* the last page found readable */
    bool is_careful;       /* a rule on the way here may have been wrong: probe */
    bool is_interrupted;   /* the frame was interrupted by a signal: pc is exact */
    bool crossed_signal;
};

/* thread_stack may be NULL; otherwise it must outlive the walk. */
void stack_walk_begin(struct stack_walk *walk, const struct call_frame *start,
                      const struct stack_range *thread_stack);
/* After a walk that ended at an outermost frame: extends what is known of the thread's own stack.
 */
void stack_walk_learn(const struct stack_walk *walk, uintptr_t outermost_sp,
                      struct stack_range *range);
/* Continues from a frame further outward that is known to be on the stack. */
void stack_walk_move(struct stack_walk *walk, uintptr_t sp, bool is_interrupted, bool is_careful);
/* Every kind of rule; stack_walk_step() takes the plain ones itself. */
enum stack_step stack_walk_step_any(struct stack_walk *walk, struct call_frame *at,
                                    struct unwind_rule rule, struct stack_link *link);

/* Where to look for the rule: a return address may be the first of the next function. */
static inline uintptr_t stack_walk_address(const struct stack_walk *walk,
                                           const struct call_frame *at)
{
    return at->pc - !walk->is_interrupted;
}

static inline bool stack_walk_is_believable(uintptr_t cfa, uintptr_t sp, uintptr_t high)
{
    return cfa > sp && cfa <= high && (cfa & 7) == 0;
}

/* For nearly all frames; only when neither is_careful nor is_interrupted is set. Inlined, it keeps
   `at` in registers. False: nothing was done. */
static inline bool stack_walk_step_plain(struct call_frame *at, struct unwind_rule rule,
                                         uintptr_t high, struct stack_link *link)
{
    uintptr_t cfa = at->sp + unwind_rule_cfa_offset(rule); /* sp and offsets are aligned */
    if (rule.kind == UNWIND_FROM_FP) {
        cfa += at->fp - at->sp;
        if (__builtin_expect(cfa & 7, 0))
            return false;
    }
    if (__builtin_expect(!rule.is_plain || cfa - at->sp - 1 >= high - at->sp, 0))
        return false;
    link->fp_slot = 0;
    if (rule.fp_at_cfa) {
        link->fp_slot = cfa + (uintptr_t)((int64_t)rule.fp_words * 8);
        at->fp = *(const uintptr_t *)link->fp_slot;
    }
    link->pc_slot = unwind_rule_pc_slot(rule, cfa);
    at->pc = machine_return_pc(*(const uintptr_t *)link->pc_slot);
    at->sp = cfa;
    return true;
}

static inline bool stack_walk_is_plain(const struct stack_walk *walk)
{
    return !walk->is_careful && !walk->is_interrupted;
}

static inline enum stack_step stack_walk_step(struct stack_walk *walk, struct call_frame *at,
                                              struct unwind_rule rule, struct stack_link *link)
{
    if (__builtin_expect(stack_walk_is_plain(walk), 1) &&
        stack_walk_step_plain(at, rule, walk->high, link))
        return __builtin_expect(at->pc != 0, 1) ? STACK_STEP_CALLER : STACK_STEP_OUTERMOST;
    struct call_frame copy = *at; /* so that `at` and `link` stay in registers */
    struct stack_link copy_of_link;
    enum stack_step step = stack_walk_step_any(walk, &copy, rule, &copy_of_link);
    *at = copy;
    *link = copy_of_link;
    return step;
}

#endif
