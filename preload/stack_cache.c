/* SPDX-License-Identifier: MIT */
#include "preload/stack_cache.h"

#include <string.h>

#include "preload/private_memory.h"

enum { INITIAL_FRAMES = 128 };
/* A stack whose known part is this near is searched no further for a better memory. */
#define NEAR_BYTES ((uintptr_t)1 << 16)

static size_t size_of_arrays(uint32_t capacity)
{
    return capacity * (sizeof(struct stack_frame) + 2 * sizeof(struct stack_claim));
}

static __attribute__((noinline)) bool enlarge(struct stack_memory *memory, uint32_t needed)
{
    uint32_t capacity = memory->capacity == 0 ? INITIAL_FRAMES : memory->capacity;
    while (capacity < needed)
        capacity *= 2;
    struct stack_frame *frames = private_memory_map(size_of_arrays(capacity));
    if (frames == NULL)
        return false;
    struct stack_claim *claims = (struct stack_claim *)(frames + capacity);
    if (memory->frames != NULL) {
        memcpy(frames, memory->frames, memory->count * sizeof *frames);
        memcpy(claims, memory->claims, 2 * memory->count * sizeof *claims);
        private_memory_unmap(memory->frames, size_of_arrays(memory->capacity));
    }
    memory->frames = frames;
    memory->claims = claims;
    memory->capacity = capacity;
    return true;
}

static inline bool make_room(struct stack_memory *memory, uint32_t needed)
{
    return __builtin_expect(needed <= memory->capacity, 1) || enlarge(memory, needed);
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

static struct stack_memory *choose_memory(struct stack_cache *cache, uintptr_t sp)
{
    if (cache->current == NULL)
        cache->current = &cache->memories[0];
    else if (!is_near(cache->current, sp))
        cache->current = nearest_memory(cache, sp);
    cache->current->last_used = ++cache->clock;
    return cache->current;
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
    struct stack_position at;
    struct stack_memory *memory, *fresh;
    uint32_t candidate;     /* frames of the memory above this index are inward of `at` */
    uint32_t segment_fresh; /* fresh frames up to here are on the stack where the walk began */
    uintptr_t segment_high;
    bool is_lost;
};

static inline bool is_same_frame(const struct stack_frame *frame, const struct stack_position *at,
                                 bool is_interrupted)
{
    return frame->sp == at->sp && frame->pc == at->pc && frame->is_interrupted == is_interrupted &&
           (!frame->needs_fp || frame->fp == at->fp);
}

/* The outermost frame at or outward of `index` that is not outward of sp. */
static inline uint32_t find_place(const struct stack_memory *memory, uint32_t index, uintptr_t sp)
{
    while (index > 0 && memory->frames[index].sp < sp)
        index--;
    return index;
}

/* Steps from a remembered frame, whose pc, sp and (if needed) fp hold, to see if it leads where it did. */
static __attribute__((noinline)) bool steps_to_same_caller(const struct stack_frame *frame)
{
    struct stack_position at = {frame->pc, frame->sp, frame->fp};
    struct call_frame start = {at.pc, at.sp, at.fp};
    struct stack_walk walk;
    struct stack_link link;
    stack_walk_begin(&walk, &start, NULL);
    walk.is_interrupted = frame->is_interrupted;
    struct unwind_rule rule = unwind_rule_at(stack_walk_address(&walk, &at));
    return stack_walk_step(&walk, &at, rule, &link) == STACK_STEP_CALLER && link.pc_slot != 0 &&
           is_same_frame(frame - 1, &at, walk.is_interrupted);
}

/* The outermost remembered frame up to which the stack is what it was; 0 when that is all of it. Never
   looks beyond the first difference: what is there may not be mapped any more. */
static inline uint32_t validate(const struct stack_memory *memory, uint32_t index)
{
    const struct stack_frame *frames = memory->frames;
    for (;;) {
        const struct stack_claim *claim = &memory->claims[frames[index].claims_end - 1];
        while (__builtin_expect(*claim->address == claim->word, 1))
            claim--;
        if (__builtin_expect(claim == memory->claims, 1))
            return 0;
        while (frames[index - 1].claims_end > claim - memory->claims)
            index--;
        if (!frames[index].must_step || !steps_to_same_caller(&frames[index]))
            return index;
        index--;
    }
}

/* Room for one more fresh frame, NULL when there is none. */
static inline struct stack_frame *add_fresh(struct capture *capture)
{
    struct stack_memory *fresh = capture->fresh;
    bool has_room = fresh->count < STACK_CACHE_MAX_FRAMES && make_room(fresh, fresh->count + 1);
    return __builtin_expect(has_room, 1) ? &fresh->frames[fresh->count++] : NULL;
}

/* The stack may be another one outward of a signal frame. */
static void note_signal(struct capture *capture, uintptr_t sp_before)
{
    const struct stack_memory *memory = capture->memory;
    if (capture->at.sp > sp_before && capture->at.sp <= capture->walk.high)
        return;
    if (capture->segment_high == 0) {
        capture->segment_high = sp_before;
        capture->segment_fresh = capture->fresh->count;
    }
    uint32_t end = memory->segment_first < memory->count ? memory->segment_first : memory->count;
    capture->candidate = end > 0 ? end - 1 : 0;
}

/* Adds the frame at `at` to the fresh ones and steps to its caller. */
static inline enum stack_step step_fresh(struct capture *capture, struct stack_frame *frame)
{
    struct unwind_rule rule = unwind_rule_at(stack_walk_address(&capture->walk, &capture->at));
    struct stack_link link;
    frame->pc = capture->at.pc;
    frame->sp = capture->at.sp;
    frame->fp = capture->at.fp;
    frame->module_and_flags = stack_frame_flags(&capture->walk, rule);
    frame->is_interrupted = capture->walk.is_interrupted;
    frame->uses_fp = unwind_rule_uses_fp(rule);
    frame->passes_fp = unwind_rule_passes_fp(rule);
    enum stack_step step = stack_walk_step(&capture->walk, &capture->at, rule, &link);
    frame->pc_slot = link.pc_slot;
    frame->fp_slot = link.fp_slot;
    frame->must_step =
        link.pc_slot == 0 || rule.kind == UNWIND_FROM_MEMORY || rule.kind == UNWIND_SIGNAL;
    if (__builtin_expect(rule.kind == UNWIND_SIGNAL, 0))
        note_signal(capture, frame->sp);
    return step;
}

/* The frames index .. outermost hold, but not what is outward of them: takes all but the last as fresh
   ones, with the values that the saved fp has now, and goes on with the last. */
static bool keep_part(struct capture *capture, uint32_t index, uint32_t outermost)
{
    const struct stack_memory *memory = capture->memory;
    uintptr_t fp = capture->at.fp;
    for (uint32_t i = index; i > outermost; i--) {
        struct stack_frame *frame = add_fresh(capture);
        if (frame == NULL)
            return false;
        *frame = memory->frames[i];
        frame->fp = fp;
        if (frame->fp_slot != 0)
            fp = *(const uintptr_t *)frame->fp_slot;
    }
    const struct stack_frame *last = &memory->frames[outermost];
    capture->at = (struct stack_position){last->pc, last->sp, fp};
    stack_walk_move(&capture->walk, last->sp, last->is_interrupted, last->pc_slot == 0);
    capture->walk.crossed_signal |= index >= memory->segment_first && outermost < memory->segment_first;
    capture->candidate = outermost - 1;
    return true;
}

/* Walks until the rest of the stack is known to be as it was. Returns the innermost remembered frame of
   that rest, 0 when all frames are fresh; UINT32_MAX when there is no room. */
static uint32_t walk_to_known(struct capture *capture)
{
    const struct stack_memory *memory = capture->memory;
    enum stack_step step = STACK_STEP_CALLER;
    while (step == STACK_STEP_CALLER) {
        uint32_t found = find_place(memory, capture->candidate, capture->at.sp);
        capture->candidate = found;
        if (found > 0 &&
            is_same_frame(&memory->frames[found], &capture->at, capture->walk.is_interrupted)) {
            uint32_t outermost = validate(memory, found);
            if (__builtin_expect(outermost == 0, 1))
                return found;
            if (!keep_part(capture, found, outermost))
                return UINT32_MAX;
        }
        struct stack_frame *frame = add_fresh(capture);
        if (frame == NULL)
            return UINT32_MAX;
        step = step_fresh(capture, frame);
    }
    capture->is_lost = step == STACK_STEP_LOST;
    return 0;
}

static inline uint32_t add_claims(const struct stack_frame *frame, uintptr_t caller_pc, uintptr_t caller_fp,
                                  bool caller_needs_fp, struct stack_claim *claims)
{
    if (frame->must_step) {
        claims[0] = (struct stack_claim){&stack_walk_no_caller, 1};
        return 1;
    }
    uint32_t count = 0;
    if (caller_needs_fp && frame->fp_slot != 0)
        claims[count++] = (struct stack_claim){(const uintptr_t *)frame->fp_slot, caller_fp};
    claims[count] = (struct stack_claim){(const uintptr_t *)frame->pc_slot, caller_pc};
    return count + 1;
}

/* Puts the fresh frames onto the `known` ones. */
static inline void remember(struct stack_memory *memory, uint32_t known, const struct stack_memory *fresh)
{
    struct stack_frame *frame = &memory->frames[known + 1];
    for (uint32_t i = fresh->count; i-- > 0; frame++) {
        const struct stack_frame *caller = frame - 1;
        *frame = fresh->frames[i];
        frame->claims_end =
            caller->claims_end + add_claims(frame, caller->pc, caller->fp, caller->needs_fp,
                                            &memory->claims[caller->claims_end]);
        frame->needs_fp = frame->uses_fp || (frame->passes_fp && caller->needs_fp);
        frame->hash = stack_hash(caller->hash, frame->pc, frame->module_and_flags);
        frame->node = frame->site = 0;
    }
    memory->count = known + 1 + fresh->count;
}

/* Nothing of the stack was remembered: it may be one on which the thread never ran before. */
static bool begin_memory(struct stack_cache *cache, struct capture *capture)
{
    struct stack_memory *fresh = capture->fresh;
    uintptr_t outermost_sp = fresh->frames[fresh->count - 1].sp;
    if (capture->is_lost)
        fresh->frames[fresh->count - 1].module_and_flags |= RECORDING_STACK_CUT;
    else
        stack_walk_learn(&capture->walk, outermost_sp, &cache->thread_stack);
    bool is_divided = capture->segment_high != 0;
    uintptr_t segment_high = is_divided ? capture->segment_high : outermost_sp;
    struct stack_memory *memory = capture->memory;
    if (memory->count <= 1 || memory->segment_high != segment_high)
        memory = memory_for_new_stack(cache, segment_high);
    if (!make_room(memory, fresh->count + 1))
        return false;
    memory->frames[0] = (struct stack_frame){.claims_end = 1};
    memory->claims[0] = (struct stack_claim){&stack_walk_no_caller, 1};
    memory->segment_high = segment_high;
    memory->segment_first = is_divided ? fresh->count - capture->segment_fresh + 1 : 1;
    memory->last_used = cache->clock;
    cache->current = capture->memory = memory;
    return true;
}

static __attribute__((noinline)) struct stack_memory *walk_and_remember(struct stack_cache *cache,
                                                                        const struct call_frame *caller)
{
    struct capture capture;
    stack_walk_begin(&capture.walk, caller, &cache->thread_stack);
    capture.at = (struct stack_position){caller->pc, caller->sp, caller->fp};
    capture.memory = cache->current;
    capture.fresh = &cache->fresh;
    capture.fresh->count = 0;
    capture.candidate = capture.memory->count > 0 ? capture.memory->count - 1 : 0;
    capture.segment_fresh = 0;
    capture.segment_high = 0;
    capture.is_lost = false;
    uint32_t known = walk_to_known(&capture);
    cache->fresh_count = capture.fresh->count;
    if (known == 0 && !begin_memory(cache, &capture))
        known = UINT32_MAX;
    if (known == UINT32_MAX || known + cache->fresh_count >= STACK_CACHE_MAX_FRAMES ||
        !make_room(capture.memory, known + cache->fresh_count + 1)) {
        capture.memory->count = 0;
        return NULL;
    }
    remember(capture.memory, known, capture.fresh);
    return capture.memory;
}

/* The whole stack is remembered already. */
static inline bool is_known(struct stack_memory *memory, const struct call_frame *caller)
{
    struct stack_position at = {caller->pc, caller->sp, caller->fp};
    uint32_t found = memory->count > 0 ? find_place(memory, memory->count - 1, at.sp) : 0;
    if (found == 0 || !is_same_frame(&memory->frames[found], &at, false) || validate(memory, found) != 0)
        return false;
    memory->count = found + 1;
    return true;
}

struct stack_memory *stack_cache_walk(struct stack_cache *cache, const struct call_frame *caller)
{
    struct stack_memory *memory = choose_memory(cache, caller->sp);
    cache->fresh_count = 0;
    return is_known(memory, caller) ? memory : walk_and_remember(cache, caller);
}

void stack_cache_forget(struct stack_cache *cache)
{
    for (int i = 0; i < STACK_CACHE_MEMORIES; i++)
        cache->memories[i].count = 0;
}
