/* SPDX-License-Identifier: MIT */
#include "preload/unwind/stack_cache.h"

#include <string.h>

#include "preload/base/private_memory.h"
#include "preload/unwind/stack_hash.h"

enum { INITIAL_FRAMES = 128 };
/* A stack whose known part is this near is searched no further for a better memory. */
#define NEAR_BYTES ((uintptr_t)1 << 16)

static size_t size_of_memory(uint32_t capacity)
{
    return capacity * (sizeof(struct stack_frame) + 2 * sizeof(struct stack_claim));
}

static uint32_t larger_capacity(uint32_t capacity, uint32_t needed)
{
    uint32_t larger = capacity == 0 ? INITIAL_FRAMES : capacity;
    while (larger < needed)
        larger *= 2;
    return larger;
}

static __attribute__((noinline)) bool enlarge_memory(struct stack_memory *memory, uint32_t needed)
{
    uint32_t capacity = larger_capacity(memory->capacity, needed);
    struct stack_frame *frames = private_memory_map(size_of_memory(capacity));
    if (frames == NULL)
        return false;
    struct stack_claim *claims = (struct stack_claim *)(frames + capacity);
    if (memory->frames != NULL) {
        memcpy(frames, memory->frames, memory->count * sizeof *frames);
        memcpy(claims, memory->claims, 2 * memory->count * sizeof *claims);
        private_memory_unmap(memory->frames, size_of_memory(memory->capacity));
    }
    frames[0] = (struct stack_frame){.sp = UINTPTR_MAX, .claims_end = 1};
    claims[0] = (struct stack_claim){&stack_walk_no_caller, 1};
    memory->frames = frames;
    memory->claims = claims;
    memory->capacity = capacity;
    return true;
}

static inline bool make_room(struct stack_memory *memory, uint32_t needed)
{
    return __builtin_expect(needed <= memory->capacity, 1) || enlarge_memory(memory, needed);
}

static __attribute__((noinline)) bool enlarge_fresh(struct stack_cache *cache)
{
    uint32_t capacity = larger_capacity(cache->fresh_capacity, cache->fresh_count + 1);
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
    struct call_frame at;
    struct stack_cache *cache;
    struct stack_memory *memory;
    uint32_t candidate;     /* frames of the memory above this index are inward of `at` */
    uint32_t segment_fresh; /* fresh frames up to here are on the stack where the walk began */
    uintptr_t segment_high;
    bool is_lost;
};

enum { SPECIAL_FRAME = STACK_FRAME_INTERRUPTED | STACK_FRAME_NEEDS_FP };

static inline bool is_same_frame(const struct stack_frame *frame, const struct call_frame *at,
                                 bool is_interrupted)
{
    if (frame->sp != at->sp || frame->pc != at->pc)
        return false;
    if (__builtin_expect((frame->flags & SPECIAL_FRAME) == 0 && !is_interrupted, 1))
        return true;
    return !(frame->flags & STACK_FRAME_INTERRUPTED) == !is_interrupted &&
           (!(frame->flags & STACK_FRAME_NEEDS_FP) || frame->fp == at->fp);
}

/* The outermost frame at or outward of `index` that is not outward of sp. */
static inline uint32_t find_place(const struct stack_memory *memory, uint32_t index, uintptr_t sp)
{
    while (memory->frames[index].sp < sp) /* not so of frame 0 */
        index--;
    return index;
}

/* Steps from a remembered frame, whose pc, sp and (if needed) fp hold, to see if it leads where it
 * did. */
static __attribute__((noinline)) bool steps_to_same_caller(const struct stack_frame *frame)
{
    struct call_frame at = {frame->pc, frame->sp, frame->fp};
    struct call_frame start = {at.pc, at.sp, at.fp};
    struct stack_walk walk;
    struct stack_link link;
    stack_walk_begin(&walk, &start, NULL);
    walk.is_interrupted = frame->flags & STACK_FRAME_INTERRUPTED;
    struct unwind_rule rule = unwind_rule_at(stack_walk_address(&walk, &at));
    return !(frame->flags & STACK_FRAME_CAREFUL) &&
           stack_walk_step(&walk, &at, rule, &link) == STACK_STEP_CALLER && !walk.is_careful &&
           is_same_frame(frame - 1, &at, walk.is_interrupted);
}

/* The remembered frame is at another pc now. When it steps from there to where it did, all that is
   known of its callers holds; its hash and those inward of it do not, see rehash. */
static inline bool move_frame(struct stack_memory *memory, uint32_t index, uintptr_t pc)
{
    struct stack_frame *frame = &memory->frames[index];
    if (pc == 0 || index == 0)
        return false;
    struct unwind_rule rule = unwind_rule_at(pc - 1);
    uintptr_t base = rule.kind == UNWIND_FROM_FP ? frame->fp : frame->sp;
    uintptr_t cfa = base + unwind_rule_cfa_offset(rule);
    uintptr_t fp_slot = rule.fp_at_cfa ? cfa + (uintptr_t)((int64_t)rule.fp_words * 8) : 0;
    if (!rule.is_plain || unwind_rule_pc_slot(rule, cfa) != frame->pc_slot ||
        fp_slot != frame->fp_slot ||
        rule.fp_use != (frame->flags & ~(uint32_t)STACK_FRAME_NEEDS_FP))
        return false;
    frame->pc = pc;
    frame->module_and_flags = stack_frame_module(rule);
    memory->first_moved = index;
    memory->moved_count++;
    return true;
}

/* The word at a frame's claim is another: its caller may have moved on to its next call. */
static inline bool move_caller(struct stack_memory *memory, uint32_t index,
                               struct stack_claim *claim)
{
    uintptr_t pc = *claim->address;
    if ((uintptr_t)claim->address != memory->frames[index].pc_slot ||
        !move_frame(memory, index - 1, pc))
        return false;
    claim->word = pc;
    return true;
}

/* The outermost remembered frame up to which the stack is what it was, but for frames that moved; 0
   when that is all of it. Never looks beyond the first difference: what is there may not be mapped
   any more. */
static inline uint32_t validate(struct stack_memory *memory, uint32_t index)
{
    const struct stack_frame *frames = memory->frames;
    struct stack_claim *claim = &memory->claims[frames[index].claims_end - 1];
    for (;;) {
        while (__builtin_expect(*claim->address == claim->word, 1))
            claim--;
        if (__builtin_expect(claim == memory->claims, 1))
            return 0;
        while (frames[index - 1].claims_end > claim - memory->claims)
            index--;
        if (move_caller(memory, index, claim)) {
            claim--;
            continue;
        }
        if (frames[index].pc_slot != 0 || !steps_to_same_caller(&frames[index]))
            return index;
        index--;
        claim = &memory->claims[frames[index].claims_end - 1];
    }
}

/* Is the frame at hand remembered, or another place in the function of one that is? */
static inline bool is_known(struct stack_memory *memory, uint32_t index,
                            const struct call_frame *at, bool is_interrupted)
{
    const struct stack_frame *frame = &memory->frames[index];
    if (is_same_frame(frame, at, is_interrupted))
        return true;
    bool is_like_it = frame->sp == at->sp && !is_interrupted &&
                      (!(frame->flags & STACK_FRAME_NEEDS_FP) || frame->fp == at->fp);
    return is_like_it && move_frame(memory, index, at->pc);
}

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

/* Notes the frame at `at` and steps to its caller. */
static inline enum stack_step step_fresh(struct capture *capture, struct stack_step_record *frame)
{
    struct unwind_rule rule = unwind_rule_at(stack_walk_address(&capture->walk, &capture->at));
    struct stack_link link;
    frame->pc = capture->at.pc;
    frame->sp = capture->at.sp;
    frame->fp = capture->at.fp;
    frame->module_and_flags = stack_frame_module(rule);
    frame->flags = rule.fp_use;
    if (__builtin_expect(capture->walk.is_interrupted, 0)) {
        frame->module_and_flags |= RECORDING_STACK_EXACT_PC;
        frame->flags |= STACK_FRAME_INTERRUPTED;
    }
    enum stack_step step = stack_walk_step(&capture->walk, &capture->at, rule, &link);
    frame->pc_slot = link.pc_slot;
    frame->fp_slot = link.fp_slot;
    if (__builtin_expect(capture->walk.is_careful, 0))
        frame->flags |= STACK_FRAME_CAREFUL;
    if (__builtin_expect(rule.kind == UNWIND_SIGNAL, 0))
        note_signal(capture, frame->sp);
    return step;
}

static inline void copy_step(const struct stack_frame *from, struct stack_step_record *to)
{
    to->pc = from->pc;
    to->sp = from->sp;
    to->pc_slot = from->pc_slot;
    to->fp_slot = from->fp_slot;
    to->module_and_flags = from->module_and_flags;
    to->flags = from->flags & ~(uint32_t)STACK_FRAME_NEEDS_FP;
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
        copy_step(&memory->frames[i], frame);
        frame->fp = fp;
        if (frame->fp_slot != 0)
            fp = *(const uintptr_t *)frame->fp_slot;
    }
    const struct stack_frame *last = &memory->frames[outermost];
    capture->at = (struct call_frame){last->pc, last->sp, fp};
    stack_walk_move(&capture->walk, last->sp, last->flags & STACK_FRAME_INTERRUPTED,
                    last->flags & STACK_FRAME_CAREFUL);
    capture->walk.crossed_signal |=
        index >= memory->segment_first && outermost < memory->segment_first;
    return true;
}

/* The walk is at frame `index`, and the first whose caller is another than it was is `outermost`.
 */
static inline bool go_on_from(struct capture *capture, uint32_t index, uint32_t outermost)
{
    capture->candidate = outermost - 1;
    return __builtin_expect(index == outermost, 1) || keep_part(capture, index, outermost);
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
        struct stack_step_record *frame = add_fresh(capture->cache);
        if (frame == NULL)
            return UINT32_MAX;
        enum stack_step step = step_fresh(capture, frame);
        if (step != STACK_STEP_CALLER) {
            capture->is_lost = step == STACK_STEP_LOST;
            return 0;
        }
        uint32_t found = find_place(memory, capture->candidate, capture->at.sp);
        capture->candidate = found;
        if (found == 0 || !is_known(memory, found, &capture->at, capture->walk.is_interrupted))
            continue;
        outermost = validate(memory, found);
        if (__builtin_expect(outermost == 0, 1))
            return found;
        if (!go_on_from(capture, found, outermost))
            return UINT32_MAX;
    }
}

/* Returns the end of the claims. */
static inline struct stack_claim *add_claims(const struct stack_step_record *frame,
                                             const struct stack_frame *caller,
                                             struct stack_claim *claim)
{
    if (__builtin_expect(frame->pc_slot == 0, 0)) {
        *claim = (struct stack_claim){&stack_walk_no_caller, 1};
        return claim + 1;
    }
    if (caller->flags & STACK_FRAME_NEEDS_FP && frame->fp_slot != 0)
        *claim++ = (struct stack_claim){(const uintptr_t *)frame->fp_slot, caller->fp};
    *claim = (struct stack_claim){(const uintptr_t *)frame->pc_slot, caller->pc};
    return claim + 1;
}

/* A frame needs its fp when it uses it, or passes it to a caller that needs it. */
static uint32_t flags_inward_of(const struct stack_frame *caller, uint32_t flags)
{
    _Static_assert(STACK_FRAME_USES_FP << 2 == STACK_FRAME_NEEDS_FP,
                   "the bits are moved to their place");
    _Static_assert(STACK_FRAME_PASSES_FP << 1 == STACK_FRAME_NEEDS_FP,
                   "the bits are moved to their place");
    return flags | ((flags << 2 | (flags << 1 & caller->flags)) & STACK_FRAME_NEEDS_FP);
}

/* Of the frames that moved and those inward of them, up to the last known one. */
static inline void rehash(struct stack_memory *memory, uint32_t known)
{
    for (uint32_t i = memory->first_moved; i <= known; i++) {
        struct stack_frame *frame = &memory->frames[i];
        frame->hash = frame[-1].hash * STACK_HASH_FACTOR +
                      stack_hash_part(frame->pc, frame->module_and_flags);
        frame->stack = frame->site = 0;
    }
}

/* Puts the fresh frames onto the `known` ones. */
static inline void remember(struct stack_memory *memory, uint32_t known,
                            const struct stack_cache *cache)
{
    struct stack_frame *frame = &memory->frames[known + 1];
    struct stack_claim *claim = &memory->claims[frame[-1].claims_end];
    const struct stack_step_record *fresh = cache->fresh + cache->fresh_count;
    for (; fresh-- > cache->fresh; frame++) {
        const struct stack_frame *caller = frame - 1;
        claim = add_claims(fresh, caller, claim);
        frame->pc = fresh->pc;
        frame->sp = fresh->sp;
        frame->fp = fresh->fp;
        frame->pc_slot = fresh->pc_slot;
        frame->fp_slot = fresh->fp_slot;
        frame->hash =
            caller->hash * STACK_HASH_FACTOR + stack_hash_part(fresh->pc, fresh->module_and_flags);
        frame->module_and_flags = fresh->module_and_flags;
        frame->flags = flags_inward_of(caller, fresh->flags);
        frame->stack = frame->site = 0;
        frame->claims_end = (uint32_t)(claim - memory->claims);
    }
    memory->count = known + 1 + cache->fresh_count;
}

/* Nothing of the stack was remembered: it may be one on which the thread never ran before. */
static bool begin_memory(struct stack_cache *cache, struct capture *capture)
{
    struct stack_step_record *outermost = &cache->fresh[cache->fresh_count - 1];
    if (capture->is_lost)
        outermost->module_and_flags |= RECORDING_STACK_CUT;
    else
        stack_walk_learn(&capture->walk, outermost->sp, &cache->thread_stack);
    bool is_divided = capture->segment_high != 0;
    uintptr_t segment_high = is_divided ? capture->segment_high : outermost->sp;
    struct stack_memory *memory = capture->memory;
    if (memory->count > memory->first_moved)
        memory->count =
            memory->first_moved; /* it may be left for another, and was not hashed again */
    if (memory->count <= 1 || memory->segment_high != segment_high)
        memory = memory_for_new_stack(cache, segment_high);
    if (!make_room(memory, cache->fresh_count + 1))
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
static __attribute__((noinline)) struct stack_memory *
walk_and_remember(struct stack_cache *cache, const struct call_frame *caller, uint32_t candidate,
                  uint32_t outermost)
{
    struct capture capture;
    stack_walk_begin(&capture.walk, caller, &cache->thread_stack);
    capture.at = (struct call_frame){caller->pc, caller->sp, caller->fp};
    capture.cache = cache;
    capture.memory = cache->current;
    capture.candidate = candidate;
    capture.segment_fresh = 0;
    capture.segment_high = 0;
    capture.is_lost = false;
    uint32_t known = make_room(capture.memory, 1) ? walk_to_known(&capture, outermost) : UINT32_MAX;
    if (known == 0 && !begin_memory(cache, &capture))
        known = UINT32_MAX;
    if (known == UINT32_MAX || known + cache->fresh_count >= STACK_CACHE_MAX_FRAMES ||
        !make_room(capture.memory, known + cache->fresh_count + 1)) {
        capture.memory->count = 0;
        return NULL;
    }
    rehash(capture.memory, known);
    remember(capture.memory, known, cache);
    return capture.memory;
}

struct stack_memory *stack_cache_walk(struct stack_cache *cache, const struct call_frame *caller)
{
    struct stack_memory *memory = choose_memory(cache, caller->sp);
    struct call_frame at = {caller->pc, caller->sp, caller->fp};
    uint32_t found = memory->count > 0 ? find_place(memory, memory->count - 1, at.sp) : 0;
    memory->first_moved = UINT32_MAX;
    memory->moved_count = 0;
    bool is_at_known = found > 0 && is_known(memory, found, &at, false);
    uint32_t outermost = is_at_known ? validate(memory, found) : 0;
    cache->fresh_count = 0;
    if (!is_at_known || outermost != 0)
        return walk_and_remember(cache, caller, found, outermost);
    rehash(memory, found);
    memory->count = found + 1; /* all of it is known */
    return memory;
}

void stack_cache_forget(struct stack_cache *cache)
{
    for (int i = 0; i < STACK_CACHE_MEMORIES; i++)
        cache->memories[i].count = 0;
}
