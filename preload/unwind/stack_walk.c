/* SPDX-License-Identifier: MIT */
#include "preload/unwind/stack_walk.h"

#include <sys/auxv.h>

#include "preload/arch/machine.h"
#include "preload/base/probe.h"
#include "preload/unwind/modules.h"
#include "preload/unwind/odd_frame.h"

#define MEGABYTE ((uintptr_t)1 << 20)

/* The kernel maps nothing else in so many bytes below the top of the main stack. */
#define MAIN_STACK_BYTES (128 * MEGABYTE)
/* How far a stack may reach whose end is not known. */
#define UNKNOWN_STACK_BYTES (64 * MEGABYTE)
#define THREAD_STACK_BYTES (1024 * MEGABYTE)
/* How large a frame may be in code without unwind information. */
#define GUESSED_FRAME_BYTES MEGABYTE

const uintptr_t stack_walk_no_caller = 0;

/* The file name of the executable lies at the very top of the main stack. */
static uintptr_t main_stack_top(void)
{
    static uintptr_t top;
    if (top == 0)
        top = getauxval(AT_EXECFN) & ~(uintptr_t)7;
    return top;
}

/* A thread's stack ends at its thread control block, unless the thread runs on another stack. */
static void set_bounds(struct stack_walk *walk, uintptr_t sp)
{
    uintptr_t top = main_stack_top();
    if (top - sp < MAIN_STACK_BYTES) {
        walk->high = walk->mapped_high = top;
        walk->mapped_low = sp;
        return;
    }
    uintptr_t thread = machine_thread_pointer();
    walk->high = thread - sp < THREAD_STACK_BYTES ? thread : sp + UNKNOWN_STACK_BYTES;
    walk->mapped_low = walk->thread_stack != NULL ? walk->thread_stack->low : 0;
    walk->mapped_high = walk->thread_stack != NULL ? walk->thread_stack->high : 0;
}

void stack_walk_begin(struct stack_walk *walk, const struct call_frame *start,
                      const struct stack_range *thread_stack)
{
    walk->start = start;
    walk->thread_stack = thread_stack;
    walk->probed_page = 0;
    walk->is_careful = walk->is_interrupted = walk->crossed_signal = false;
    set_bounds(walk, start->sp);
}

/* The outermost frame of a thread lies just below its control block and static TLS. */
void stack_walk_learn(const struct stack_walk *walk, uintptr_t outermost_sp,
                      struct stack_range *range)
{
    enum { NEAR_BYTES = 16384 };
    uintptr_t thread = machine_thread_pointer();
    if (walk->crossed_signal || thread - outermost_sp > NEAR_BYTES)
        return;
    if (range->high == 0 || walk->start->sp < range->low)
        range->low = walk->start->sp;
    range->high = thread;
}

/* From here on any read may fault, except on a stack that is known to be mapped up to its end. */
static void be_careful(struct stack_walk *walk, uintptr_t sp)
{
    walk->is_careful = sp < walk->mapped_low || sp >= walk->mapped_high;
}

void stack_walk_move(struct stack_walk *walk, uintptr_t sp, bool is_interrupted, bool is_careful)
{
    set_bounds(walk, sp);
    walk->is_interrupted = is_interrupted;
    if (is_careful)
        be_careful(walk, sp);
}

static bool load_word(struct stack_walk *walk, uintptr_t address, uintptr_t *word)
{
    uintptr_t page = machine_page_of(address);
    if (address & 7)
        return false;
    if (walk->is_careful && page != walk->probed_page) {
        if (!probe_is_readable(address))
            return false;
        walk->probed_page = page;
    }
    *word = *(const uintptr_t *)address;
    return true;
}

/* Continues with the interrupted registers, which may be on another stack. */
static enum stack_step step_over_signal(struct stack_walk *walk, struct call_frame *at,
                                        struct stack_link *link)
{
    const machine_word *registers = machine_signal_registers(at->sp);
    link->fp_slot = (uintptr_t)&registers[MACHINE_CONTEXT_FP];
    if (!load_word(walk, (uintptr_t)&registers[MACHINE_CONTEXT_SP], &at->sp) ||
        !load_word(walk, link->fp_slot, &at->fp) ||
        !load_word(walk, (uintptr_t)&registers[MACHINE_CONTEXT_PC], &at->pc))
        return STACK_STEP_LOST;
    set_bounds(walk, at->sp);
    walk->is_interrupted = true;
    walk->crossed_signal = true;
    be_careful(walk, at->sp);
    return at->pc != 0 ? STACK_STEP_CALLER : STACK_STEP_OUTERMOST;
}

static bool find_cfa(struct stack_walk *walk, const struct call_frame *at, struct unwind_rule rule,
                     uintptr_t *cfa)
{
    uintptr_t offset = unwind_rule_cfa_offset(rule);
    switch (rule.kind) {
    case UNWIND_FROM_SP:
        *cfa = at->sp + offset;
        return true;
    case UNWIND_FROM_FP:
        *cfa = at->fp + offset;
        return true;
    case UNWIND_FROM_MEMORY:
        return stack_walk_is_believable(at->fp + offset, at->sp - 8, walk->high) &&
               load_word(walk, at->fp + offset, cfa);
    case UNWIND_GUESS:
        *cfa = at->fp + 16;
        be_careful(walk, at->sp);
        return at->fp >= at->sp && at->fp - at->sp <= GUESSED_FRAME_BYTES;
    default:
        return false;
    }
}

/* Nobody called the code that the kernel starts a process with. The loader's entry has no unwind
   information; elsewhere the frame pointer is zero there (System V ABI). */
static bool is_entry(const struct call_frame *at)
{
    return at->fp == 0 || modules_is_loader(at->pc);
}

static enum stack_step step_by_cfa(struct stack_walk *walk, struct call_frame *at,
                                   struct unwind_rule rule, struct stack_link *link)
{
    uintptr_t cfa, fp_slot = 0, fp = at->fp, pc;
    if (!find_cfa(walk, at, rule, &cfa) || !stack_walk_is_believable(cfa, at->sp, walk->high)) {
        if (rule.kind != UNWIND_GUESS)
            return STACK_STEP_LOST;
        link->pc_slot =
            (uintptr_t)&stack_walk_no_caller; /* the same sp and fp will end here again */
        return is_entry(at) ? STACK_STEP_OUTERMOST : STACK_STEP_LOST;
    }
    if (rule.kind == UNWIND_GUESS)
        fp_slot = at->fp;
    else if (rule.fp_at_cfa)
        fp_slot = cfa + (uintptr_t)((int64_t)rule.fp_words * 8);
    else if (rule.fp_at_fp)
        fp_slot = at->fp + (uintptr_t)((int64_t)rule.fp_words * 8);
    if (fp_slot != 0 && (fp_slot < at->sp - MACHINE_RED_ZONE_BYTES || fp_slot >= walk->high ||
                         !load_word(walk, fp_slot, &fp)))
        return STACK_STEP_LOST;
    uintptr_t pc_slot = unwind_rule_pc_slot(rule, cfa);
    if (!load_word(walk, pc_slot, &pc))
        return STACK_STEP_LOST;
    pc = machine_return_pc(pc);
    *at = (struct call_frame){pc, cfa, fp};
    bool is_checkable = !walk->is_careful && rule.kind != UNWIND_FROM_MEMORY;
    *link = (struct stack_link){is_checkable ? pc_slot : 0, fp_slot};
    walk->is_interrupted = false;
    return pc != 0 ? STACK_STEP_CALLER : STACK_STEP_OUTERMOST;
}

static enum stack_step step_over_odd_frame(struct stack_walk *walk, struct call_frame *at)
{
    struct call_frame caller = *at;
    be_careful(walk, at->sp);
    if (!odd_frame_step(walk->start, &caller) ||
        !stack_walk_is_believable(caller.sp, at->sp, walk->high))
        return STACK_STEP_LOST;
    *at = caller;
    walk->is_interrupted = false;
    return caller.pc != 0 ? STACK_STEP_CALLER : STACK_STEP_OUTERMOST;
}

enum stack_step stack_walk_step_any(struct stack_walk *walk, struct call_frame *at,
                                    struct unwind_rule rule, struct stack_link *link)
{
    *link = (struct stack_link){0, 0};
    switch (rule.kind) {
    case UNWIND_OUTERMOST:
        link->pc_slot = (uintptr_t)&stack_walk_no_caller;
        return STACK_STEP_OUTERMOST;
    case UNWIND_SIGNAL:
        return step_over_signal(walk, at, link);
    case UNWIND_ODD:
        return step_over_odd_frame(walk, at);
    default:
        return step_by_cfa(walk, at, rule, link);
    }
}
