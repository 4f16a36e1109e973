/* SPDX-License-Identifier: MIT */
#include "preload/blocks/call_stack.h"

#include <string.h>

#include "preload/base/private_memory.h"
#include "preload/blocks/counters.h"
#include "preload/blocks/mixed_stack.h"
#include "preload/blocks/plain_stack.h"
#include "preload/blocks/verify.h"
#include "preload/python/python.h"
#include "preload/recording/recording_writer.h"
#include "preload/unwind/modules.h"
#include "preload/unwind/stack_cache.h"
#include "preload/unwind/stack_hash.h"
#include "preload/unwind/stack_table.h"

/* Sites of stacks that the thread met, by their hash before its end. */
struct known_site {
    uint64_t hash;
    struct call_stack_site at;
};
enum { KNOWN_SITES = 4096 };

/*
 * A capture of the short way compares one word: `gate` is the epoch (capture_epoch.h) in which the
 * last capture found that nothing stands in the way, GATE_CLOSED when something does, GATE_BUSY
 * while a capture is under way. In verify mode an open gate has GATE_VERIFIES set, so that the long
 * way begins, which then goes the short way and has its result verified.
 */
enum { GATE_CLOSED = 0, GATE_BUSY = 1, GATE_VERIFIES = 2 };

struct call_stack_cache {
    uint32_t gate;
    struct stack_frame *innermost; /* of the last stack; no_frame when it may not be taken again */
    struct stack_claim *claims;    /* where those of its memory begin */
    struct stack_cache stacks;
    struct plain_stack plain;
    uint32_t generation; /* of the modules, when the stacks were remembered */
    unsigned novelty;    /* high when the last stacks had little in common */
    unsigned skips;      /* captures to come that do not try the cache */
    unsigned last_skips; /* how many they were the last time */
    struct mixed_stack *mixed;
    struct call_stack_cache *nested; /* for a signal handler that interrupts a capture */
    struct known_site known[KNOWN_SITES];
    uint32_t words[STACK_DRAFT_WORDS]; /* of a stack to be stored */
};

static struct stack_frame no_frame = {.sp = 1}; /* no caller's: stack pointers are aligned */

/* A signal handler may siglongjmp out of a capture without releasing its cache. More than this is
   not real nesting: they are abandoned. */
enum { MAX_NESTED = 8 };

/* The generation of modules that the rules were last cleaned for. */
static _Atomic uint32_t rules_generation;

void call_stack_start(void)
{
    stack_table_start();
    modules_refresh();
    verify_start();
}

/* What is remembered of counters is of the parent's recording. */
void call_stack_restart_after_fork(void)
{
    unwind_rules_restart_after_fork();
    atomic_fetch_add(&modules_generation, 1);
    capture_epoch_begin();
}

/* The stack that has this frame as its own, 0 when that is not known. */
static uint32_t owner_of(struct stack_frame *frame)
{
    if (frame->stack == 0 && frame->site != 0)
        frame->stack = stack_table_owner(stack_table_stack_of_site(frame->site));
    return frame->stack;
}

/* The stack table's words for a remembered stack: how it goes on from the frames that are in the
 * table. */
static uint32_t store_memory(uint32_t *words, struct stack_memory *memory)
{
    struct stack_frame *frames = memory->frames;
    uint32_t kept = memory->count - 1;
    while (kept > 0 && owner_of(&frames[kept]) == 0)
        kept--;
    uint32_t stack = frames[kept].stack, next = kept + 1;
    do {
        uint32_t first = next;
        struct stack_draft draft =
            stack_draft_begin(words, stack, first - 1, frames[first - 1].pc,
                              stack_frame_module_and_flags(&frames[first - 1]));
        for (; next < memory->count && stack_draft_has_room(draft); next++)
            draft = stack_draft_push(draft, frames[next].pc,
                                     stack_frame_module_and_flags(&frames[next]));
        stack = stack_draft_store(draft);
        for (uint32_t i = first; i < next; i++)
            frames[i].stack = stack;
    } while (stack != 0 && next < memory->count);
    return stack;
}

static __attribute__((noinline)) uint32_t find_site_of_memory(struct call_stack_cache *cache,
                                                              struct stack_memory *memory)
{
    struct stack_frame *innermost = &memory->frames[memory->count - 1];
    uint64_t hash = stack_hash_end(innermost->hash);
    innermost->site = stack_table_find(hash);
    if (__builtin_expect(innermost->site == 0, 0))
        innermost->site = stack_table_add(hash, store_memory(cache->words, memory));
    return innermost->site;
}

static inline uint32_t site_of_memory(struct call_stack_cache *cache, struct stack_memory *memory)
{
    uint32_t site = memory->frames[memory->count - 1].site;
    return __builtin_expect(site != 0, 1) ? site : find_site_of_memory(cache, memory);
}

/* 0: no Python runs on this thread. */
static inline uint32_t site_with_python(struct call_stack_cache *cache,
                                        const struct call_frame *caller, uint64_t hash)
{
    if (__builtin_expect(!mixed_stack_is_possible() || verify_is_on, 1))
        return 0;
    return mixed_stack_site(&cache->mixed, caller, hash);
}

static __attribute__((noinline)) uint32_t capture_plain(struct call_stack_cache *cache,
                                                        const struct call_frame *caller)
{
    struct plain_walk walk = plain_stack_walk(&cache->plain, caller, &cache->stacks.thread_stack);
    uint32_t site = site_with_python(cache, caller, walk.hash);
    if (site == 0)
        site = stack_table_find(walk.hash);
    return site != 0 ? site
                     : stack_table_add(walk.hash,
                                       plain_stack_store(&cache->plain, walk.count, cache->words));
}

/* Where most of each stack is new, remembering it is labour lost: stops for a while, then looks
   again, and after a longer while each time that it is still so. */
static void note_novelty(struct call_stack_cache *cache, const struct stack_memory *stack)
{
    enum { FEW_FRAMES = 8, TOO_NEW = 32, LOOKS = 3, FIRST_SKIPS = 64, MOST_SKIPS = 1024 };
    uint32_t fresh = cache->stacks.fresh_count, moved = stack->moved_count;
    bool is_little = fresh + moved / 2 <= FEW_FRAMES || 2 * (fresh + moved) <= stack->count;
    if (__builtin_expect(is_little, 1)) {
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

/* The stack is too deep, or there is no memory for it. */
static void note_depth(struct call_stack_cache *cache)
{
    enum { SKIPS_WHEN_DEEP = 64 };
    cache->skips = SKIPS_WHEN_DEEP;
}

static uint32_t capture_remembered(struct call_stack_cache *cache, const struct call_frame *caller)
{
    struct stack_memory *stack = stack_cache_walk(&cache->stacks, *caller);
    if (__builtin_expect(stack == NULL, 0)) {
        note_depth(cache);
        return capture_plain(cache, caller);
    }
    if (__builtin_expect(stack->frames[1].flags & STACK_FRAME_CUT, 0))
        recording_dropped(RECORDING_DROP_FRAMES);
    note_novelty(cache, stack);
    uint32_t site = site_with_python(cache, caller, stack->frames[stack->count - 1].hash);
    return site != 0 ? site : site_of_memory(cache, stack);
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
        memset(cache->known, 0, sizeof cache->known);
        cache->generation = generation;
    }
}

static uint32_t capture(struct call_stack_cache *cache, const struct call_frame *caller)
{
    bool is_current =
        cache->generation == atomic_load_explicit(&modules_generation, memory_order_acquire);
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

/* The cache of this thread, or of the signal handler that runs on it; NULL when there is no memory.
 */
static inline struct call_stack_cache *take_cache(struct call_stack_cache **first)
{
    struct call_stack_cache **place = first;
    while (*place != NULL && __builtin_expect((*place)->gate == GATE_BUSY, 0))
        place = &(*place)->nested;
    if (__builtin_expect(*place == NULL, 0) && !make_cache(first, &place))
        return NULL;
    (*place)->gate = GATE_BUSY;
    atomic_signal_fence(memory_order_seq_cst);
    return *place;
}

static void give_back(struct call_stack_cache *cache, uint32_t gate)
{
    atomic_signal_fence(memory_order_seq_cst);
    cache->gate = gate;
}

/* Will the short way do from now on? `epoch` is from before the capture. */
static uint32_t gate_after(struct call_stack_cache *cache, uint32_t epoch)
{
    int state = python_state_now();
    bool is_open = (state == PYTHON_NONE || state == PYTHON_DECLINED) && !modules_are_stale() &&
                   cache->generation == atomic_load(&modules_generation) && cache->skips == 0;
    cache->innermost = &no_frame;
    return !is_open ? GATE_CLOSED : verify_is_on ? epoch | GATE_VERIFIES : epoch;
}

/* --- the short way --- */

/* The site of a stack whose innermost frame was not innermost before. Without counters where only
   the long way will do: a stack that is cut is counted there. */
static __attribute__((noinline)) struct call_stack_site
count_at(struct call_stack_cache *cache, struct thread *thread, struct stack_memory *memory)
{
    struct stack_frame *frame = &memory->frames[memory->count - 1];
    struct known_site *known = &cache->known[frame->hash >> 20 & (KNOWN_SITES - 1)];
    if (__builtin_expect(known->hash != frame->hash, 0)) {
        struct call_stack_site at = {site_of_memory(cache, memory), NULL};
        if (at.site != 0 && !(memory->frames[1].flags & STACK_FRAME_CUT))
            at.counters = counters_find(thread, at.site);
        if (at.counters == NULL)
            return at;
        *known = (struct known_site){frame->hash, at};
    }
    frame->site = known->at.site;
    frame->counters = known->at.counters;
    return known->at;
}

static struct call_stack_site capture_long(struct thread *thread, struct call_frame caller);

/* Not the same innermost frame, or not all as it was. */
static __attribute__((noinline)) struct call_stack_site
capture_changed(struct call_stack_cache *cache, struct thread *thread, struct call_frame caller,
                uint32_t gate)
{
    cache->gate = GATE_BUSY;
    atomic_signal_fence(memory_order_seq_cst);
    struct stack_memory *memory = stack_cache_walk(&cache->stacks, caller);
    if (__builtin_expect(memory == NULL, 0)) {
        note_depth(cache);
        give_back(cache, GATE_CLOSED);
        return capture_long(thread, caller);
    }
    if (__builtin_expect(cache->stacks.fresh_count + cache->novelty + memory->moved_count, 0)) {
        note_novelty(cache, memory);
        gate = cache->skips == 0 ? gate : GATE_CLOSED;
    }
    struct stack_frame *frame = &memory->frames[memory->count - 1];
    struct call_stack_site at = {frame->site, frame->counters};
    if (__builtin_expect(at.counters == NULL, 0))
        at = count_at(cache, thread, memory);
    cache->innermost = at.counters != NULL && cache->novelty == 0 ? frame : &no_frame;
    cache->claims = memory->claims;
    give_back(cache, gate);
    return at;
}

/* Nearly always the innermost frame is the last one's and no claim is broken. Busy meanwhile: a
   handler that captures now would make claims true that this look has not come to yet. */
static inline __attribute__((always_inline)) struct call_stack_site
capture_short(struct call_stack_cache *cache, struct thread *thread, struct call_frame caller,
              uint32_t gate)
{
    const struct stack_frame *frame = cache->innermost;
    if (!stack_frame_is(frame, &caller, false))
        return capture_changed(cache, thread, caller, gate);
    cache->gate = GATE_BUSY;
    atomic_signal_fence(memory_order_seq_cst);
    if (stack_claim_broken(&cache->claims[frame->claims_end - 1]) != cache->claims)
        return capture_changed(cache, thread, caller, gate);
    struct call_stack_site at = {frame->site, frame->counters};
    give_back(cache, gate);
    return at;
}

static __attribute__((noinline)) struct call_stack_site
capture_verified(struct thread *thread, struct call_frame caller, uint32_t gate)
{
    struct call_stack_site at = capture_short(thread->call_stack, thread, caller, gate);
    if (at.counters != NULL)
        verify_stack(stack_table_stack_of_site(at.site), &caller);
    return at;
}

static __attribute__((noinline)) struct call_stack_site capture_long(struct thread *thread,
                                                                     struct call_frame caller)
{
    uint32_t site = call_stack_capture(&thread->call_stack, &caller);
    return (struct call_stack_site){site, site != 0 ? counters_find(thread, site) : NULL};
}

static __attribute__((noinline)) struct call_stack_site
capture_gated(struct thread *thread, struct call_frame caller, uint32_t epoch)
{
    const struct call_stack_cache *cache = thread->call_stack;
    if (cache != NULL && cache->gate == (epoch | GATE_VERIFIES))
        return capture_verified(thread, caller, cache->gate);
    return capture_long(thread, caller);
}

inline __attribute__((always_inline)) struct call_stack_site
call_stack_capture_counted(struct thread *thread, struct call_frame caller)
{
    struct call_stack_cache *cache = thread->call_stack;
    uint32_t epoch = atomic_load_explicit(&capture_epoch, memory_order_acquire);
    if (__builtin_expect(cache == NULL || cache->gate != epoch, 0))
        return capture_gated(thread, caller, epoch);
    return capture_short(cache, thread, caller, epoch);
}

/* --- the long way --- */

uint32_t call_stack_capture(struct call_stack_cache **place, const struct call_frame *caller)
{
    if (__builtin_expect(python_begins(), 0))
        python_called_from(caller->pc);
    uint32_t epoch = atomic_load(&capture_epoch);
    struct call_stack_cache *cache = take_cache(place);
    uint32_t site = 0;
    if (__builtin_expect(cache != NULL, 1)) {
        site = capture(cache, caller);
        give_back(cache, gate_after(cache, epoch));
    }
    if (__builtin_expect(site == 0, 0))
        recording_dropped(RECORDING_DROP_SITE);
    else if (__builtin_expect(verify_is_on, 0))
        verify_stack(stack_table_stack_of_site(site), caller);
    return site;
}

uint32_t call_stack_capture_stack(struct call_stack_cache **place, const struct call_frame *caller)
{
    uint32_t site = call_stack_capture(place, caller);
    return site != 0 ? stack_table_stack_of_site(site) : 0;
}
