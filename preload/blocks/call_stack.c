/* SPDX-License-Identifier: MIT */
#include "preload/blocks/call_stack.h"

#include <string.h>

#include "preload/blocks/mixed_stack.h"
#include "preload/unwind/modules.h"
#include "preload/base/private_memory.h"
#include "preload/python/python.h"
#include "preload/recording/recording_writer.h"
#include "preload/unwind/stack_cache.h"
#include "preload/unwind/stack_hash.h"
#include "preload/unwind/stack_table.h"
#include "preload/unwind/stack_walk.h"
#include "preload/blocks/verify.h"

struct plain_frame {
    uintptr_t pc;
    struct unwind_rule rule;
    uint32_t flags; /* enum recording_stack_flags */
};

struct call_stack_cache {
    struct stack_cache stacks;
    struct plain_frame *plain; /* frames of a walk without the cache, innermost first */
    struct stack_table_frame
        *stored; /* of the last of these stacks that was new, outermost first */
    uint32_t plain_capacity, stored_count;
    uint32_t generation; /* of the modules, when the stacks were remembered */
    unsigned novelty;    /* high when the last stacks had little in common */
    unsigned skips;      /* captures to come that do not try the cache */
    unsigned last_skips; /* how many they were the last time */
    bool in_use;
    struct mixed_stack *mixed;
    struct call_stack_cache *nested;   /* for a signal handler that interrupts a capture */
    uint32_t words[STACK_DRAFT_WORDS]; /* of a stack to be stored */
};

/* A signal handler may leave a capture that it interrupted by siglongjmp, and the cache is never
   given back. So many captures do not interrupt one another: they were left like that, and what
   they left is given up. */
enum { MAX_NESTED = 8 };

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
        struct stack_draft draft = stack_draft_begin(words, stack, first - 1, frames[first - 1].pc,
                                                     frames[first - 1].module_and_flags);
        for (; next < memory->count && stack_draft_has_room(draft); next++)
            draft = stack_draft_push(draft, frames[next].pc, frames[next].module_and_flags);
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

static size_t size_of_plain(uint32_t capacity)
{
    return capacity * (sizeof(struct plain_frame) + sizeof(struct stack_table_frame));
}

static bool make_room_for_plain(struct call_stack_cache *cache)
{
    uint32_t capacity = cache->plain_capacity == 0 ? 256 : 4 * cache->plain_capacity;
    if (cache->plain_capacity >= STACK_CACHE_MAX_FRAMES)
        return false;
    struct plain_frame *larger = private_memory_map(size_of_plain(capacity));
    if (larger == NULL)
        return false;
    struct stack_table_frame *stored = (struct stack_table_frame *)(larger + capacity);
    if (cache->plain != NULL) {
        memcpy(larger, cache->plain, cache->plain_capacity * sizeof *larger);
        memcpy(stored, cache->stored, cache->plain_capacity * sizeof *stored);
        private_memory_unmap(cache->plain, size_of_plain(cache->plain_capacity));
    }
    cache->plain = larger;
    cache->stored = stored;
    cache->plain_capacity = capacity;
    return true;
}

struct plain_walk {
    uint32_t count;
    uint64_t hash;
};

static uint32_t module_and_flags_of(const struct plain_frame *frame)
{
    return stack_frame_module(frame->rule) | frame->flags;
}

/* Of the module of a rule, where stack_hash_part_of wants it. */
static inline uint64_t module_bits(struct unwind_rule rule)
{
    uint64_t word;
    memcpy(&word, &rule, sizeof word);
    return word << STACK_HASH_MODULE_SHIFT; /* it is in the lowest bits */
}

/* How far a plain walk came. */
struct plain_run {
    struct call_frame at;
    uint64_t hash, power;
    uint32_t count;
};

/* Walks as long as each frame is plain and its rule is found at once, nearly always to the end of
   the stack. Short and without branches that depend on the frame: the next frame's address waits
   for all of it. */
static inline void run_plain(struct plain_run *progress, const struct call_stack_cache *cache,
                             uintptr_t high)
{
    const struct lossy_map_table *rules =
        atomic_load_explicit(&unwind_rules_known.table, memory_order_acquire);
    struct plain_run run = *progress;
    uintptr_t room_bytes = high - run.at.sp; /* for the frames that are left */
    struct plain_frame *frame = cache->plain + run.count,
                       *end = cache->plain + cache->plain_capacity;
    uint64_t mask = rules != NULL ? rules->mask : 0;
    const struct lossy_map_entry *entries = rules != NULL ? rules->entries : NULL;
    __asm__("" : "+r"(entries)); /* not to be computed from `rules` in every turn */
    for (; rules != NULL && frame < end; frame++) {
        const struct lossy_map_entry *entry = &entries[run.at.pc & mask];
        uint64_t word = atomic_load_explicit(&entry->value, memory_order_relaxed);
        struct unwind_rule rule = unwind_rule_of_word(word);
        uintptr_t base = rule.fp_use & UNWIND_USES_FP ? run.at.fp : run.at.sp; /* if it is plain */
        uintptr_t cfa = base + unwind_rule_cfa_offset(rule), frame_bytes = cfa - run.at.sp;
        if (atomic_load_explicit(&entry->key, memory_order_relaxed) != run.at.pc ||
            !rule.is_plain || frame_bytes - 1 >= room_bytes || (cfa & 7) != 0)
            break;
        room_bytes -= frame_bytes;
        frame->pc = run.at.pc;
        frame->rule = rule;
        frame->flags = 0;
        run.hash += stack_hash_part_of(run.at.pc, module_bits(rule)) * run.power;
        run.power *= STACK_HASH_FACTOR;
        uintptr_t fp = *(const uintptr_t *)(cfa + (uintptr_t)((int64_t)rule.fp_words * 8));
        run.at.fp = rule.fp_at_cfa ? fp : run.at.fp;
        run.at.pc = machine_return_pc(*(const uintptr_t *)unwind_rule_pc_slot(rule, cfa));
        run.at.sp = cfa;
    }
    run.count = (uint32_t)(frame - cache->plain);
    *progress = run;
}

/* Notes the frame at hand and steps to its caller, whatever it takes. */
static __attribute__((noinline)) enum stack_step
step_plain(struct plain_run *run, struct stack_walk *walk, struct call_stack_cache *cache)
{
    struct plain_frame *frame = &cache->plain[run->count++];
    struct stack_link link;
    frame->pc = run->at.pc;
    frame->rule = unwind_rule_at(stack_walk_address(walk, &run->at));
    frame->flags = walk->is_interrupted ? RECORDING_STACK_EXACT_PC : 0;
    run->hash += stack_hash_part(frame->pc, module_and_flags_of(frame)) * run->power;
    run->power *= STACK_HASH_FACTOR;
    return stack_walk_step(walk, &run->at, frame->rule, &link);
}

/* The walk ended too early: the stack is another one than a whole one with the same frames. */
static void cut_plain(struct plain_run *run, struct plain_frame *outermost)
{
    uint64_t before = stack_hash_part(outermost->pc, module_and_flags_of(outermost));
    outermost->flags |= RECORDING_STACK_CUT;
    uint64_t after = stack_hash_part(outermost->pc, module_and_flags_of(outermost));
    run->hash += (after - before) * (run->power * STACK_HASH_FACTOR_INVERSE);
    recording_dropped(RECORDING_DROP_FRAMES);
}

/* Steps through the whole stack. */
static struct plain_walk walk_plain(struct call_stack_cache *cache, const struct call_frame *caller)
{
    struct plain_run run = {.at = {caller->pc, caller->sp, caller->fp}, .power = 1};
    struct stack_walk walk;
    enum stack_step step = STACK_STEP_CALLER;
    stack_walk_begin(&walk, caller, &cache->stacks.thread_stack);
    while (step == STACK_STEP_CALLER && run.at.pc != 0) {
        if (__builtin_expect(run.count == cache->plain_capacity, 0) && !make_room_for_plain(cache))
            break;
        if (__builtin_expect(stack_walk_is_plain(&walk), 1))
            run_plain(&run, cache, walk.high);
        if (run.at.pc != 0 && run.count < cache->plain_capacity)
            step = step_plain(&run, &walk, cache);
    }
    bool is_whole = step == STACK_STEP_OUTERMOST || run.at.pc == 0;
    if (!is_whole && run.count > 0)
        cut_plain(&run, &cache->plain[run.count - 1]);
    return (struct plain_walk){run.count, stack_hash_end(run.hash)};
}

/* How many of the outermost frames are those of the plain stack that was stored last. */
static uint32_t count_stored(const struct call_stack_cache *cache, uint32_t count)
{
    const struct plain_frame *plain = &cache->plain[count];
    uint32_t limit = count < cache->stored_count ? count : cache->stored_count;
    uint32_t same = 0;
    while (same < limit && cache->stored[same].pc == plain[-1 - (int64_t)same].pc &&
           cache->stored[same].module_and_flags == module_and_flags_of(&plain[-1 - (int64_t)same]))
        same++;
    return same;
}

/* The stack table's words for a stack that was walked plainly: the frames that it has in common
   with the last such stack are in the table. */
static uint32_t store_plain(struct call_stack_cache *cache, uint32_t count)
{
    static const struct stack_table_frame none;
    struct stack_table_frame *stored = cache->stored;
    uint32_t next = count_stored(cache, count), stack;
    do {
        uint32_t first = next;
        struct stack_table_frame before = first > 0 ? stored[first - 1] : none;
        struct stack_draft draft = stack_draft_begin(cache->words, before.stack, first, before.pc,
                                                     before.module_and_flags);
        const struct plain_frame *frame = &cache->plain[count - 1 - next];
        for (; next < count && stack_draft_has_room(draft); next++, frame--) {
            uint32_t module_and_flags = module_and_flags_of(frame);
            stored[next].pc = frame->pc;
            stored[next].module_and_flags = module_and_flags;
            draft = stack_draft_push(draft, frame->pc, module_and_flags);
        }
        stack = stack_draft_store(draft);
        for (uint32_t i = first; i < next; i++)
            stored[i].stack = stack;
    } while (stack != 0 && next < count);
    cache->stored_count = stack != 0 ? count : 0;
    return stack;
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
    struct plain_walk walk = walk_plain(cache, caller);
    uint32_t site = site_with_python(cache, caller, walk.hash);
    if (site == 0)
        site = stack_table_find(walk.hash);
    return site != 0 ? site : stack_table_add(walk.hash, store_plain(cache, walk.count));
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
        verify_stack(stack_table_stack_of_site(site), caller);
    return site;
}

uint32_t call_stack_capture_stack(struct call_stack_cache **place, const struct call_frame *caller)
{
    uint32_t site = call_stack_capture(place, caller);
    return site != 0 ? stack_table_stack_of_site(site) : 0;
}
