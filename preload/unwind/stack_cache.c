/* SPDX-License-Identifier: MIT */
#include "preload/unwind/stack_cache.h"

#include <string.h>

#include "preload/base/private_memory.h"

enum { INITIAL_FRESH = 128 };
/* A stack whose known part is this near is searched no further for a better memory. */
#define NEAR_BYTES ((uintptr_t)1 << 16)

static __attribute__((noinline)) bool enlarge_fresh(struct stack_cache *cache)
{
    uint32_t capacity = cache->fresh_capacity == 0 ? INITIAL_FRESH : 2 * cache->fresh_capacity;
    struct stack_step_record *larger = private_memory_map(capacity * sizeof *larger);
    if (larger == NULL)
        return false;
    if (cache->fresh != NULL) {
        memcpy(larger, cache->fresh, cache->fresh_count * sizeof *larger);
        private_memory_unmap(cache->fresh, cache->fresh_capacity * sizeof *larger);
    }
    cache->fresh = larger;
    cache->fresh_capacity = capacity;
    return true;
}

static bool is_near(const struct stack_memory *memory, uintptr_t sp)
{
    return memory->segment_high - sp < NEAR_BYTES;
}

/* The memory of the stack that ends nearest above sp; one stack may lie below another. */
static struct stack_memory *nearest_memory(struct stack_cache *cache, uintptr_t sp)
{
    struct stack_memory *best = cache->current;
    for (int i = 0; i < STACK_CACHE_MEMORIES; i++) {
        struct stack_memory *memory = &cache->memories[i];
        if (memory->count > 1 && memory->segment_high - sp < best->segment_high - sp)
            best = memory;
    }
    return best;
}

/* NULL when there is no room. */
static __attribute__((noinline)) struct stack_memory *choose_memory(struct stack_cache *cache,
                                                                    uintptr_t sp)
{
    cache->current = cache->current == NULL ? &cache->memories[0] : nearest_memory(cache, sp);
    cache->current->last_used = ++cache->clock;
    return stack_memory_make_room(cache->current, 1) ? cache->current : NULL;
}

/* A stack of which nothing was remembered: the memory of its end if there is one, or the oldest. */
static struct stack_memory *memory_for_new_stack(struct stack_cache *cache, uintptr_t segment_high)
{
    struct stack_memory *oldest = &cache->memories[0];
    for (int i = 0; i < STACK_CACHE_MEMORIES; i++) {
        struct stack_memory *memory = &cache->memories[i];
        if (memory->count > 1 && memory->segment_high == segment_high)
            return memory;
        if (memory->last_used < oldest->last_used)
            oldest = memory;
    }
    return oldest;
}

/* The walk under way. */
struct capture {
    struct stack_walk walk;
    struct call_frame at;
    struct stack_cache *cache;
    struct stack_memory *memory;
    uint32_t candidate;     /* frames of the memory above this index are inward of `at` */
    uint32_t segment_fresh; /* fresh frames up to here are on the stack where the walk began */
    uintptr_t segment_high;
    bool is_lost;
};

/* Room for one more fresh frame, NULL when there is none. */
static inline struct stack_step_record *add_fresh(struct stack_cache *cache)
{
    if (__builtin_expect(cache->fresh_count == cache->fresh_capacity, 0) &&
        (cache->fresh_count >= STACK_CACHE_MAX_FRAMES || !enlarge_fresh(cache)))
        return NULL;
    return &cache->fresh[cache->fresh_count++];
}

/* The stack may be another one outward of a signal frame. */
static void note_signal(struct capture *capture, uintptr_t sp_before)
{
    const struct stack_memory *memory = capture->memory;
    if (capture->at.sp > sp_before && capture->at.sp <= capture->walk.high)
        return;
    if (capture->segment_high == 0) {
        capture->segment_high = sp_before;
        capture->segment_fresh = capture->cache->fresh_count;
    }
    uint32_t end = memory->segment_first < memory->count ? memory->segment_first : memory->count;
    capture->candidate = end > 0 ? end - 1 : 0;
}

/* Notes the frame at `at` and steps to its caller, whatever it takes. */
static enum stack_step step_fresh(struct capture *capture, struct stack_step_record *frame)
{
    struct stack_walk *walk = &capture->walk;
    struct unwind_rule rule = unwind_rule_at(stack_walk_address(walk, &capture->at));
    struct stack_link link;
    bool is_plain = stack_walk_is_plain(walk) && rule.is_plain;
    frame->pc = capture->at.pc;
    frame->sp = capture->at.sp;
    frame->fp = capture->at.fp;
    memcpy(&frame->rule, &rule, sizeof frame->rule);
    frame->flags = walk->is_interrupted ? STACK_FRAME_INTERRUPTED : 0;
    enum stack_step step = stack_walk_step(walk, &capture->at, rule, &link);
    frame->pc_slot = link.pc_slot;
    frame->fp_slot = link.fp_slot;
    if (walk->is_careful)
        frame->flags |= STACK_FRAME_CAREFUL;
    else if (is_plain && link.pc_slot != 0)
        frame->flags |= STACK_FRAME_PLAIN;
    if (rule.kind == UNWIND_SIGNAL)
        note_signal(capture, frame->sp);
    return step;
}

/* The frames index .. outermost hold, but not what is outward of them: takes all but the last as
   fresh ones, with the values that the saved fp has now, and goes on with the last. */
static bool keep_part(struct capture *capture, uint32_t index, uint32_t outermost)
{
    const struct stack_memory *memory = capture->memory;
    uintptr_t fp = capture->at.fp;
    for (uint32_t i = index; i > outermost; i--) {
        struct stack_step_record *frame = add_fresh(capture->cache);
        if (frame == NULL)
            return false;
        const struct stack_frame *known = &memory->frames[i];
        frame->pc = known->pc;
        frame->sp = known->sp;
        frame->fp = fp;
        frame->rule = known->rule;
        frame->pc_slot = (uintptr_t)stack_memory_last_claim(memory, i)->address;
        frame->flags = STACK_FRAME_PLAIN;
        uintptr_t fp_slot =
            stack_frame_plain_fp_slot(unwind_rule_of_word(known->rule), known[-1].sp);
        if (fp_slot != 0)
            fp = *(const uintptr_t *)fp_slot;
    }
    const struct stack_frame *last = &memory->frames[outermost];
    capture->at = (struct call_frame){last->pc, last->sp, fp};
    stack_walk_move(&capture->walk, last->sp, last->flags & STACK_FRAME_INTERRUPTED,
                    last->flags & STACK_FRAME_CAREFUL);
    capture->walk.crossed_signal |=
        index >= memory->segment_first && outermost < memory->segment_first;
    return true;
}

/* The walk is at frame `index`, and the first whose caller is another than it was is `outermost`. A
   frame between them that is not plain is stepped again. */
static inline bool go_on_from(struct capture *capture, uint32_t index, uint32_t outermost)
{
    uint32_t last = index;
    while (last > outermost && capture->memory->frames[last].flags & STACK_FRAME_PLAIN)
        last--;
    capture->candidate = last - 1;
    return __builtin_expect(index == last, 1) || keep_part(capture, index, last);
}

/* Steps as long as each frame is plain and its rule is found at once, up to a position at whose sp
   a remembered frame is: then true, and that frame is the candidate. Everything stays in
   registers, and little is noted: the rest follows from the rule. */
static inline __attribute__((always_inline)) bool run_fresh(struct capture *capture)
{
    const struct lossy_map_table *rules =
        atomic_load_explicit(&unwind_rules_known.table, memory_order_acquire);
    struct stack_cache *cache = capture->cache;
    if (__builtin_expect(rules == NULL || !stack_walk_is_plain(&capture->walk), 0))
        return false;
    struct call_frame at = capture->at;
    uintptr_t high = capture->walk.high;
    struct stack_step_record *frame = cache->fresh + cache->fresh_count,
                             *end = cache->fresh + cache->fresh_capacity;
    const struct stack_frame *place = &capture->memory->frames[capture->candidate];
    const struct lossy_map_entry *entries = rules->entries;
    uint64_t mask = rules->mask;
    bool meets = false;
    while (frame < end && !meets) {
        const struct lossy_map_entry *entry = &entries[at.pc & mask];
        uint64_t word = atomic_load_explicit(&entry->value, memory_order_relaxed);
        struct unwind_rule rule = unwind_rule_of_word(word);
        uintptr_t cfa =
            (rule.fp_use & UNWIND_USES_FP ? at.fp : at.sp) + unwind_rule_cfa_offset(rule);
        if (atomic_load_explicit(&entry->key, memory_order_relaxed) != at.pc || !rule.is_plain ||
            cfa - at.sp - 1 >= high - at.sp || (cfa & 7) != 0)
            break;
        uintptr_t pc_slot = unwind_rule_pc_slot(rule, cfa);
        uintptr_t pc = machine_return_pc(*(const uintptr_t *)pc_slot);
        if (__builtin_expect(pc == 0, 0))
            break;
        frame->pc = at.pc;
        frame->sp = at.sp;
        frame->fp = at.fp;
        frame->pc_slot = pc_slot;
        frame->rule = word;
        frame->flags = STACK_FRAME_PLAIN;
        frame++;
        if (rule.fp_at_cfa)
            at.fp = *(const uintptr_t *)(cfa + (uintptr_t)((int64_t)rule.fp_words * 8));
        at.pc = pc;
        at.sp = cfa;
        while (place->sp < cfa)
            place--;
        meets = place->sp == cfa;
    }
    cache->fresh_count = (uint32_t)(frame - cache->fresh);
    capture->candidate = (uint32_t)(place - capture->memory->frames);
    capture->at = at;
    return meets;
}

/* Walks until the rest of the stack is known to be as it was. Returns the innermost remembered
   frame of that rest, 0 when all frames are fresh; UINT32_MAX when there is no room. `outermost` is
   0 when the walk begins at a frame that is not remembered. */
static uint32_t walk_to_known(struct capture *capture, uint32_t outermost)
{
    struct stack_memory *memory = capture->memory;
    if (outermost != 0 && !go_on_from(capture, capture->candidate, outermost))
        return UINT32_MAX;
    for (;;) {
        if (!run_fresh(capture)) {
            struct stack_step_record *frame = add_fresh(capture->cache);
            if (frame == NULL)
                return UINT32_MAX;
            enum stack_step step = step_fresh(capture, frame);
            if (step != STACK_STEP_CALLER) {
                capture->is_lost = step == STACK_STEP_LOST;
                return 0;
            }
            capture->candidate = stack_memory_place(memory, capture->candidate, capture->at.sp);
        }
        uint32_t found = capture->candidate;
        if (found == 0 ||
            !stack_memory_has(memory, found, &capture->at, capture->walk.is_interrupted))
            continue;
        stack_memory_enter(memory, found);
        outermost = stack_memory_validate(memory, found);
        if (__builtin_expect(outermost == 0, 1))
            return found;
        if (!go_on_from(capture, found, outermost))
            return UINT32_MAX;
    }
}

/* Nothing of the stack was remembered: it may be one on which the thread never ran before. */
static bool begin_memory(struct stack_cache *cache, struct capture *capture)
{
    struct stack_step_record *outermost = &cache->fresh[cache->fresh_count - 1];
    if (capture->is_lost)
        outermost->flags |= STACK_FRAME_CUT;
    else
        stack_walk_learn(&capture->walk, outermost->sp, &cache->thread_stack);
    bool is_divided = capture->segment_high != 0;
    uintptr_t segment_high = is_divided ? capture->segment_high : outermost->sp;
    struct stack_memory *memory = capture->memory;
    /* It may be left for another memory, and was not hashed again. */
    if (memory->count > memory->first_moved)
        memory->count = memory->first_moved;
    memory->limit = memory->count > 0 ? memory->count : 1;
    if (memory->count <= 1 || memory->segment_high != segment_high)
        memory = memory_for_new_stack(cache, segment_high);
    if (!stack_memory_make_room(memory, cache->fresh_count + 1))
        return false;
    memory->segment_high = segment_high;
    memory->segment_first = is_divided ? cache->fresh_count - capture->segment_fresh + 1 : 1;
    memory->last_used = cache->clock;
    memory->first_moved = UINT32_MAX;
    memory->moved_count = 0;
    cache->current = capture->memory = memory;
    return true;
}

/* `candidate`: the outermost remembered frame that is not outward of the caller's. When it is the
   caller's, the stack is as it was up to the frame `outermost`, otherwise that is 0. */
static __attribute__((noinline)) struct stack_memory *walk_and_remember(struct stack_cache *cache,
                                                                        struct call_frame caller,
                                                                        uint32_t candidate,
                                                                        uint32_t outermost)
{
    struct capture capture;
    stack_walk_begin(&capture.walk, &caller, &cache->thread_stack);
    capture.at = caller;
    capture.cache = cache;
    capture.memory = cache->current;
    capture.candidate = candidate;
    capture.segment_fresh = 0;
    capture.segment_high = 0;
    capture.is_lost = false;
    uint32_t known =
        stack_memory_make_room(capture.memory, 1) ? walk_to_known(&capture, outermost) : UINT32_MAX;
    if (known == 0 && !begin_memory(cache, &capture))
        known = UINT32_MAX;
    if (known == UINT32_MAX || known + cache->fresh_count >= STACK_CACHE_MAX_FRAMES ||
        !stack_memory_make_room(capture.memory, known + cache->fresh_count + 1)) {
        stack_memory_forget(capture.memory);
        return NULL;
    }
    stack_memory_rehash(capture.memory, known);
    stack_memory_add(capture.memory, known, cache->fresh, cache->fresh_count);
    return capture.memory;
}

inline __attribute__((always_inline)) struct stack_memory *
stack_cache_walk(struct stack_cache *cache, struct call_frame caller)
{
    struct stack_memory *memory = cache->current;
    cache->fresh_count = 0;
    if (__builtin_expect(memory == NULL || !is_near(memory, caller.sp), 0) &&
        (memory = choose_memory(cache, caller.sp)) == NULL)
        return NULL;
    uint32_t found = stack_memory_place(memory, memory->limit - 1, caller.sp);
    memory->first_moved = UINT32_MAX;
    memory->moved_count = 0;
    if (__builtin_expect(found == 0 || !stack_memory_has(memory, found, &caller, false), 0))
        return walk_and_remember(cache, caller, found, 0);
    stack_memory_enter(memory, found);
    uint32_t outermost = stack_memory_validate(memory, found);
    if (__builtin_expect(outermost != 0, 0))
        return walk_and_remember(cache, caller, found, outermost);
    stack_memory_rehash(memory, found);
    memory->count = found + 1; /* all of it is known */
    return memory;
}

void stack_cache_forget(struct stack_cache *cache)
{
    for (int i = 0; i < STACK_CACHE_MEMORIES; i++)
        stack_memory_forget(&cache->memories[i]);
}
