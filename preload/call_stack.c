/* SPDX-License-Identifier: MIT */
#include "preload/call_stack.h"

#include <string.h>

#include "preload/modules.h"
#include "preload/private_memory.h"
#include "preload/python.h"
#include "preload/recording_writer.h"
#include "preload/stack_cache.h"
#include "preload/stack_table.h"
#include "preload/stack_walk.h"
#include "preload/verify.h"

struct plain_frame {
    uintptr_t pc;
    struct unwind_rule rule;
    uint32_t flags; /* enum recording_stack_flags */
};

struct call_stack_cache {
    struct stack_cache stacks;
    struct plain_frame *plain; /* frames of a walk without the cache, innermost first */
    uint32_t plain_capacity;
    uint32_t generation; /* of the modules, when the stacks were remembered */
    unsigned novelty;    /* high when the last stacks had little in common */
    unsigned skips;      /* captures to come that do not try the cache */
    unsigned last_skips; /* how many they were the last time */
    bool in_use;
    struct call_stack_cache *nested; /* for a signal handler that interrupts a capture */
};

/* A signal handler may leave a capture that it interrupted by siglongjmp, and the cache is never given back.
   So many captures do not interrupt one another: they were left like that, and what they left is given up. */
enum { MAX_NESTED = 8 };

/* Hash of a whole stack -> site in the low bits, and above them a check of the innermost frame. */
static struct lossy_map sites_by_hash = {.initial_bits = 11, .limit_bits = 21};
enum { SITE_BITS = 24 };
_Static_assert(STACK_TABLE_MAX_SITES <= 1 << SITE_BITS, "a site fits its bits");

/* The generation of modules that the rules were last cleaned for. */
static _Atomic uint32_t rules_generation;

void call_stack_start(void)
{
    stack_table_start();
    modules_refresh();
    verify_start();
}

void call_stack_restart_after_fork(void)
{
    unwind_rules_restart_after_fork();
    lossy_map_restart_after_fork(&sites_by_hash);
}

static uint32_t known_site(uint64_t hash, uintptr_t innermost_pc)
{
    uint64_t found = lossy_map_get(&sites_by_hash, hash);
    bool is_it = ((found >> SITE_BITS ^ innermost_pc) & (UINT64_MAX >> SITE_BITS)) == 0;
    return is_it ? (uint32_t)found & ((1u << SITE_BITS) - 1) : 0;
}

/* A stack seen for the first time may be the last of its kind: the next sighting finds it in the trie and
   puts it here. */
static void remember_site(uint64_t hash, uintptr_t innermost_pc, uint32_t site)
{
    lossy_map_put(&sites_by_hash, hash, (uint64_t)innermost_pc << SITE_BITS | site);
}

static uint32_t site_of_node(uint32_t node, uint64_t hash, uintptr_t innermost_pc)
{
    uint32_t site = stack_table_known_site(node);
    if (site != 0)
        remember_site(hash, innermost_pc, site);
    return site != 0 ? site : stack_table_site(node);
}

/* Makes the nodes that are missing, from the outermost one inward. */
static uint32_t node_of_memory(struct stack_memory *stack)
{
    uint32_t first = stack->count - 1;
    while (first > 0 && stack->frames[first].node == 0)
        first--;
    uint32_t node = first > 0 ? stack->frames[first].node : 0;
    for (uint32_t i = first + 1; i < stack->count; i++) {
        node = stack_table_push(node, stack->frames[i].pc, stack->frames[i].module_and_flags);
        if (node == 0)
            return 0;
        stack->frames[i].node = node;
    }
    return node;
}

static __attribute__((noinline)) uint32_t find_site_of_memory(struct stack_memory *stack)
{
    struct stack_frame *innermost = &stack->frames[stack->count - 1];
    innermost->site = known_site(innermost->hash, innermost->pc);
    if (innermost->site == 0)
        innermost->site = site_of_node(node_of_memory(stack), innermost->hash, innermost->pc);
    return innermost->site;
}

static inline uint32_t site_of_memory(struct stack_memory *stack)
{
    uint32_t site = stack->frames[stack->count - 1].site;
    return __builtin_expect(site != 0, 1) ? site : find_site_of_memory(stack);
}

static bool make_room_for_plain(struct call_stack_cache *cache)
{
    uint32_t capacity = cache->plain_capacity == 0 ? 256 : 4 * cache->plain_capacity;
    if (cache->plain_capacity >= STACK_CACHE_MAX_FRAMES)
        return false;
    struct plain_frame *larger = private_memory_map(capacity * sizeof *larger);
    if (larger == NULL)
        return false;
    if (cache->plain != NULL) {
        memcpy(larger, cache->plain, cache->plain_capacity * sizeof *larger);
        private_memory_unmap(cache->plain, cache->plain_capacity * sizeof *larger);
    }
    cache->plain = larger;
    cache->plain_capacity = capacity;
    return true;
}

/* Of a frame in its place, for stacks that are walked plainly: the frames' parts do not wait for one another.
   A rule is of one module, so it tells one module from another at the same address. */
static inline uint64_t plain_hash_part(uintptr_t pc, struct unwind_rule rule, uint32_t count)
{
    uint64_t word;
    memcpy(&word, &rule, sizeof word);
    uint64_t part = (pc ^ word) + count * UINT64_C(0xd6e8feb86659fd93);
    part *= UINT64_C(0x9e3779b97f4a7c15);
    return (part ^ part >> 32) * UINT64_C(0xbf58476d1ce4e5b9);
}

struct plain_walk {
    uint32_t count;
    uint64_t hash;
};

/* Steps through the whole stack. */
static struct plain_walk walk_plain(struct call_stack_cache *cache, const struct call_frame *caller)
{
    struct stack_position at = {caller->pc, caller->sp, caller->fp};
    struct stack_walk walk;
    struct stack_link link;
    enum stack_step step = STACK_STEP_CALLER;
    uint64_t hash = 0;
    uint32_t count = 0;
    stack_walk_begin(&walk, caller, &cache->stacks.thread_stack);
    while (step == STACK_STEP_CALLER) {
        if (__builtin_expect(count == cache->plain_capacity, 0) && !make_room_for_plain(cache))
            break;
        struct unwind_rule rule = unwind_rule_at(stack_walk_address(&walk, &at));
        struct plain_frame *frame = &cache->plain[count++];
        frame->pc = at.pc;
        frame->rule = rule;
        frame->flags = walk.is_interrupted ? RECORDING_STACK_EXACT_PC : 0;
        hash += plain_hash_part(at.pc, rule, count);
        step = stack_walk_step(&walk, &at, rule, &link);
    }
    hash ^= hash >> 32;
    if (step != STACK_STEP_OUTERMOST && count > 0) {
        cache->plain[count - 1].flags |= RECORDING_STACK_CUT;
        hash += step;
        recording_dropped(RECORDING_DROP_FRAMES);
    }
    return (struct plain_walk){count, hash};
}

static uint32_t node_of_plain(const struct plain_frame *frames, uint32_t count)
{
    uint32_t node = 0;
    while (count-- > 0) {
        uint32_t module = stack_frame_module(frames[count].rule) | frames[count].flags;
        node = stack_table_push(node, frames[count].pc, module);
        if (node == 0)
            return 0;
    }
    return node;
}

static __attribute__((noinline)) uint32_t capture_plain(struct call_stack_cache *cache,
                                                        const struct call_frame *caller)
{
    struct plain_walk walk = walk_plain(cache, caller);
    uint32_t site = known_site(walk.hash, caller->pc);
    if (site == 0)
        site = site_of_node(node_of_plain(cache->plain, walk.count), walk.hash, caller->pc);
    return site;
}

/* Where most of each stack is new, remembering it is labour lost: stops for a while, then looks again, and
   after a longer while each time that it is still so. */
static void note_novelty(struct call_stack_cache *cache, const struct stack_memory *stack)
{
    enum { FEW_FRAMES = 8, TOO_NEW = 32, LOOKS = 3, FIRST_SKIPS = 64, MOST_SKIPS = 1024 };
    uint32_t fresh = cache->stacks.fresh_count;
    if (__builtin_expect(fresh <= FEW_FRAMES || 2 * fresh <= stack->count, 1)) {
        if (__builtin_expect(cache->novelty > 0, 0) && --cache->novelty == 0)
            cache->last_skips = 0;
    } else if ((cache->novelty += 2) > TOO_NEW) {
        cache->novelty = TOO_NEW - 2 * (LOOKS - 1);
        cache->last_skips = cache->last_skips == 0 ? FIRST_SKIPS : 2 * cache->last_skips;
        if (cache->last_skips > MOST_SKIPS)
            cache->last_skips = MOST_SKIPS;
        cache->skips = cache->last_skips;
    }
}

static uint32_t capture_remembered(struct call_stack_cache *cache, const struct call_frame *caller)
{
    struct stack_memory *stack = stack_cache_walk(&cache->stacks, caller);
    if (__builtin_expect(stack == NULL, 0)) {
        enum { SKIPS_WHEN_DEEP = 64 };
        cache->skips = SKIPS_WHEN_DEEP;
        return capture_plain(cache, caller);
    }
    if (__builtin_expect(stack->frames[1].module_and_flags & RECORDING_STACK_CUT, 0))
        recording_dropped(RECORDING_DROP_FRAMES);
    note_novelty(cache, stack);
    return site_of_memory(stack);
}

/* What is remembered of code holds until a module came or went. */
static __attribute__((noinline)) void notice_modules(struct call_stack_cache *cache)
{
    if (modules_are_stale())
        modules_refresh();
    uint32_t generation = atomic_load(&modules_generation);
    if (atomic_load(&rules_generation) != generation) {
        unwind_rules_forget_unloaded();
        python_modules_changed();
        atomic_store(&rules_generation, generation);
    }
    if (cache->generation != generation) {
        stack_cache_forget(&cache->stacks);
        cache->generation = generation;
    }
}

static uint32_t capture(struct call_stack_cache *cache, const struct call_frame *caller)
{
    bool is_current = cache->generation == atomic_load_explicit(&modules_generation, memory_order_acquire);
    if (__builtin_expect(modules_are_stale() || !is_current, 0))
        notice_modules(cache);
    if (__builtin_expect(cache->skips > 0, 0)) {
        cache->skips--;
        return capture_plain(cache, caller);
    }
    return capture_remembered(cache, caller);
}

/* A new cache at *place; instead of all of them when they are too many. */
static __attribute__((noinline)) bool make_cache(struct call_stack_cache **first,
                                                 struct call_stack_cache ***place)
{
    int depth = 0;
    for (struct call_stack_cache *cache = *first; cache != NULL; cache = cache->nested)
        depth++;
    if (depth >= MAX_NESTED)
        *place = first;
    struct call_stack_cache *fresh = private_memory_map(sizeof *fresh);
    if (fresh != NULL)
        **place = fresh;
    return fresh != NULL;
}

/* The cache of this thread, or of the signal handler that runs on it; NULL when there is no memory. */
static inline struct call_stack_cache *take_cache(struct call_stack_cache **first)
{
    struct call_stack_cache **place = first;
    while (*place != NULL && __builtin_expect((*place)->in_use, 0))
        place = &(*place)->nested;
    if (__builtin_expect(*place == NULL, 0) && !make_cache(first, &place))
        return NULL;
    (*place)->in_use = true;
    atomic_signal_fence(memory_order_seq_cst);
    return *place;
}

uint32_t call_stack_capture(struct call_stack_cache **place, const struct call_frame *caller)
{
    if (__builtin_expect(python_state_now() == PYTHON_LOADED, 0))
        python_called_from(caller->pc);
    struct call_stack_cache *cache = take_cache(place);
    uint32_t site = 0;
    if (__builtin_expect(cache != NULL, 1)) {
        site = capture(cache, caller);
        atomic_signal_fence(memory_order_seq_cst);
        cache->in_use = false;
    }
    if (__builtin_expect(site == 0, 0))
        recording_dropped(RECORDING_DROP_SITE);
    else if (__builtin_expect(verify_is_on, 0))
        verify_stack(stack_table_node_of_site(site), caller);
    return site;
}

uint32_t call_stack_capture_node(struct call_stack_cache **place, const struct call_frame *caller)
{
    struct call_stack_cache *cache = take_cache(place);
    if (cache == NULL)
        return 0;
    if (modules_are_stale() || cache->generation != atomic_load(&modules_generation))
        notice_modules(cache);
    uint32_t count = walk_plain(cache, caller).count;
    uint32_t node = node_of_plain(cache->plain, count);
    atomic_signal_fence(memory_order_seq_cst);
    cache->in_use = false;
    return node;
}
