/* SPDX-License-Identifier: MIT */
#include "preload/call_stack.h"

#include "preload/modules.h"
#include "preload/private_memory.h"
#include "preload/recording_writer.h"
#include "preload/stack_table.h"
#include "preload/stack_walk.h"
#include "preload/verify.h"

enum { MAX_FRAMES = 16384 };

struct found_frame {
    uintptr_t pc;
    uint32_t module_and_flags;
};

struct call_stack_cache {
    struct found_frame frames[MAX_FRAMES]; /* touched as deep as stacks are */
    uint32_t generation;
    bool in_use;
    struct call_stack_cache *nested; /* for a signal handler that interrupts a capture */
};

static _Atomic uint32_t rules_generation;

void call_stack_start(void)
{
    stack_table_start();
    verify_start();
    modules_refresh();
}

void call_stack_restart_after_fork(void)
{
    unwind_rules_restart_after_fork();
}

static __attribute__((noinline)) void notice_modules(void)
{
    if (modules_are_stale())
        modules_refresh();
    uint32_t generation = atomic_load(&modules_generation);
    if (atomic_load(&rules_generation) != generation) {
        unwind_rules_forget_unloaded();
        atomic_store(&rules_generation, generation);
    }
}

static uint32_t module_of(struct unwind_rule rule)
{
    return rule.module == UNWIND_NO_MODULE ? RECORDING_NO_MODULE : rule.module;
}

static unsigned walk_all(struct call_stack_cache *cache, const struct call_frame *caller)
{
    struct stack_position at = {caller->pc, caller->sp, caller->fp};
    struct stack_walk walk;
    struct stack_link link;
    enum stack_step step = STACK_STEP_CALLER;
    unsigned count = 0;
    stack_walk_begin(&walk, caller);
    while (step == STACK_STEP_CALLER && count < MAX_FRAMES) {
        struct unwind_rule rule = unwind_rule_at(stack_walk_address(&walk, &at));
        uint32_t flags = walk.is_interrupted ? RECORDING_STACK_EXACT_PC : 0;
        cache->frames[count++] = (struct found_frame){at.pc, module_of(rule) | flags};
        step = stack_walk_step_any(&walk, &at, rule, &link);
    }
    if (step != STACK_STEP_OUTERMOST) {
        cache->frames[count - 1].module_and_flags |= RECORDING_STACK_CUT;
        recording_dropped(RECORDING_DROP_FRAMES);
    }
    return count;
}

static uint32_t capture_node(struct call_stack_cache *cache, const struct call_frame *caller)
{
    uint32_t node = 0;
    for (unsigned i = walk_all(cache, caller); i-- > 0;) {
        node = stack_table_push(node, cache->frames[i].pc, cache->frames[i].module_and_flags);
        if (node == 0)
            return 0;
    }
    return node;
}

uint32_t call_stack_capture_node(struct call_stack_cache **cache, const struct call_frame *caller)
{
    if (*cache == NULL)
        *cache = private_memory_map(sizeof **cache);
    if (*cache == NULL)
        return 0;
    if ((*cache)->in_use)
        return call_stack_capture_node(&(*cache)->nested, caller);
    (*cache)->in_use = true;
    atomic_signal_fence(memory_order_seq_cst);
    if (modules_are_stale() || atomic_load(&rules_generation) != atomic_load(&modules_generation))
        notice_modules();
    uint32_t node = capture_node(*cache, caller);
    atomic_signal_fence(memory_order_seq_cst);
    (*cache)->in_use = false;
    if (verify_is_on)
        verify_stack(node, caller);
    return node;
}

uint32_t call_stack_capture(struct call_stack_cache **cache, const struct call_frame *caller)
{
    uint32_t site = stack_table_site(call_stack_capture_node(cache, caller));
    if (site == 0)
        recording_dropped(RECORDING_DROP_SITE);
    return site;
}
