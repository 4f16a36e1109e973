/* SPDX-License-Identifier: MIT */
#include "preload/unwind/stack_memory.h"

#include <string.h>

#include "preload/base/private_memory.h"
#include "preload/unwind/stack_hash.h"

enum { INITIAL_FRAMES = 128 };

static size_t size_of_memory(uint32_t capacity)
{
    return capacity * (sizeof(struct stack_frame) + 2 * sizeof(struct stack_claim));
}

static __attribute__((noinline)) bool enlarge(struct stack_memory *memory, uint32_t needed)
{
    uint32_t capacity = memory->capacity == 0 ? INITIAL_FRAMES : memory->capacity;
    while (capacity < needed)
        capacity *= 2;
    struct stack_frame *frames = private_memory_map(size_of_memory(capacity));
    if (frames == NULL)
        return false;
    struct stack_claim *claims = (struct stack_claim *)(frames + capacity);
    if (memory->frames != NULL) {
        memcpy(frames, memory->frames, memory->limit * sizeof *frames);
        memcpy(claims, memory->claims, 2 * memory->limit * sizeof *claims);
        private_memory_unmap(memory->frames, size_of_memory(memory->capacity));
    }
    frames[0] = (struct stack_frame){.sp = UINTPTR_MAX, .claims_end = 1};
    claims[0] = (struct stack_claim){&stack_walk_no_caller, 1};
    memory->frames = frames;
    memory->claims = claims;
    memory->capacity = capacity;
    if (memory->limit == 0)
        memory->limit = 1;
    return true;
}

inline __attribute__((always_inline)) bool stack_memory_make_room(struct stack_memory *memory,
                                                                  uint32_t needed)
{
    return __builtin_expect(needed <= memory->capacity, 1) || enlarge(memory, needed);
}

void stack_memory_forget(struct stack_memory *memory)
{
    memory->count = 0;
    memory->limit = memory->frames != NULL;
}

/* --- frames that moved to their next call --- */

static void note_move(struct stack_memory *memory, uint32_t index, uintptr_t pc)
{
    memory->frames[index].pc = pc;
    if (index < memory->first_moved)
        memory->first_moved = index;
    memory->moved_count++;
}

static uintptr_t plain_cfa(const struct stack_frame *frame, struct unwind_rule rule)
{
    uintptr_t base = rule.kind == UNWIND_FROM_FP ? frame->fp : frame->sp;
    return base + unwind_rule_cfa_offset(rule);
}

/* The remembered frame is at another pc now. When it steps from there to where it did, all that is
   known of its callers holds; its hash and those inward of it do not. */
static __attribute__((noinline)) bool move_by_other_rule(struct stack_memory *memory,
                                                         uint32_t index, uintptr_t pc)
{
    struct stack_frame *frame = &memory->frames[index];
    if (pc == 0 || index == 0 ||
        (frame->flags & ~(uint32_t)STACK_FRAME_NEEDS_FP) != STACK_FRAME_PLAIN)
        return false;
    struct unwind_rule rule = unwind_rule_at(pc - 1), old = unwind_rule_of_word(frame->rule);
    uintptr_t cfa = plain_cfa(frame, rule);
    if (!rule.is_plain || rule.fp_use != old.fp_use || cfa != plain_cfa(frame, old) ||
        unwind_rule_pc_slot(rule, cfa) !=
            (uintptr_t)stack_memory_last_claim(memory, index)->address ||
        stack_frame_plain_fp_slot(rule, cfa) != stack_frame_plain_fp_slot(old, cfa))
        return false;
    memcpy(&frame->rule, &rule, sizeof frame->rule);
    note_move(memory, index, pc);
    return true;
}

/* Nearly always by the same rule, and found where it is looked for first. */
static inline __attribute__((always_inline)) bool move_frame(struct stack_memory *memory,
                                                             uint32_t index, uintptr_t pc)
{
    struct stack_frame *frame = &memory->frames[index];
    const struct lossy_map_table *rules =
        atomic_load_explicit(&unwind_rules_known.table, memory_order_acquire);
    if (__builtin_expect(rules == NULL, 0))
        return false;
    const struct lossy_map_entry *entry = &rules->entries[pc & rules->mask];
    if (__builtin_expect(atomic_load_explicit(&entry->key, memory_order_relaxed) != pc ||
                             atomic_load_explicit(&entry->value, memory_order_relaxed) !=
                                 frame->rule ||
                             !(frame->flags & STACK_FRAME_PLAIN),
                         0))
        return move_by_other_rule(memory, index, pc);
    note_move(memory, index, pc);
    return true;
}

inline __attribute__((always_inline)) bool stack_memory_has(struct stack_memory *memory,
                                                            uint32_t index,
                                                            const struct call_frame *at,
                                                            bool is_interrupted)
{
    const struct stack_frame *frame = &memory->frames[index];
    if (stack_frame_is(frame, at, is_interrupted))
        return true;
    bool is_like_it = frame->sp == at->sp && !is_interrupted &&
                      (!(frame->flags & STACK_FRAME_NEEDS_FP) || frame->fp == at->fp);
    return is_like_it && move_frame(memory, index, at->pc);
}

/* --- is it as it was? --- */

static bool is_to_be_stepped(const struct stack_claim *claim)
{
    return claim->address == &stack_walk_no_caller && claim->word != 0;
}

/* Steps from a remembered frame, whose pc, sp and (if needed) fp hold, to see if it leads where it
   did. */
static __attribute__((noinline)) bool steps_to_same_caller(const struct stack_frame *frame)
{
    struct call_frame at = {frame->pc, frame->sp, frame->fp}, start = at;
    struct stack_walk walk;
    struct stack_link link;
    stack_walk_begin(&walk, &start, NULL);
    walk.is_interrupted = frame->flags & STACK_FRAME_INTERRUPTED;
    struct unwind_rule rule = unwind_rule_at(stack_walk_address(&walk, &at));
    return !(frame->flags & STACK_FRAME_CAREFUL) &&
           stack_walk_step(&walk, &at, rule, &link) == STACK_STEP_CALLER && !walk.is_careful &&
           stack_frame_is(frame - 1, &at, walk.is_interrupted);
}

/* The word at a frame's claim is another: its caller may have moved on to its next call. */
static inline bool move_caller(struct stack_memory *memory, uint32_t index,
                               struct stack_claim *claim)
{
    if (claim != stack_memory_last_claim(memory, index) || is_to_be_stepped(claim))
        return false;
    uintptr_t word = *claim->address;
    if (!move_frame(memory, index - 1, machine_return_pc(word)))
        return false;
    claim->word = word;
    return true;
}

inline __attribute__((always_inline)) uint32_t stack_memory_validate(struct stack_memory *memory,
                                                                     uint32_t index)
{
    const struct stack_frame *frames = memory->frames;
    struct stack_claim *claim = stack_memory_last_claim(memory, index);
    for (;;) {
        claim = stack_claim_broken(claim);
        if (__builtin_expect(claim == memory->claims, 1))
            return 0;
        while (frames[index - 1].claims_end > claim - memory->claims)
            index--;
        if (move_caller(memory, index, claim)) {
            claim--;
            continue;
        }
        if (!is_to_be_stepped(claim) || !steps_to_same_caller(&frames[index]))
            return index;
        index--;
        claim = stack_memory_last_claim(memory, index);
    }
}

/* That the frames step as they did still holds, but their callers' pcs may have changed since they
   were left. */
static __attribute__((noinline)) void enter_again(struct stack_memory *memory, uint32_t index)
{
    uint32_t first = memory->count;
    for (uint32_t i = first; i <= index; i++) {
        struct stack_claim *claim = stack_memory_last_claim(memory, i);
        if (!is_to_be_stepped(claim))
            claim->word = memory->frames[i - 1].pc;
    }
    if (first < memory->first_moved)
        memory->first_moved = first;
    memory->count = index + 1;
}

inline __attribute__((always_inline)) void stack_memory_enter(struct stack_memory *memory,
                                                              uint32_t index)
{
    if (__builtin_expect(index >= memory->count, 0))
        enter_again(memory, index);
}

inline __attribute__((always_inline)) void stack_memory_rehash(struct stack_memory *memory,
                                                               uint32_t known)
{
    for (uint32_t i = memory->first_moved; i <= known; i++) {
        struct stack_frame *frame = &memory->frames[i];
        uint64_t hash = frame[-1].hash * STACK_HASH_FACTOR +
                        stack_hash_part(frame->pc, stack_frame_module_and_flags(frame));
        if (frame->hash == hash)
            continue;
        frame->hash = hash;
        frame->stack = frame->site = 0;
        frame->counters = NULL;
    }
}

/* --- fresh frames --- */

/* The claims of a frame that is not plain. Returns their end. */
static __attribute__((noinline)) struct stack_claim *
claim_oddly(const struct stack_step_record *fresh, const struct stack_frame *caller,
            struct stack_claim *claim)
{
    if (fresh->pc_slot == 0) {
        *claim = (struct stack_claim){&stack_walk_no_caller, 1};
        return claim + 1;
    }
    if (caller->flags & STACK_FRAME_NEEDS_FP && fresh->fp_slot != 0)
        *claim++ = (struct stack_claim){(const uintptr_t *)fresh->fp_slot, caller->fp};
    *claim = (struct stack_claim){(const uintptr_t *)fresh->pc_slot, caller->pc};
    return claim + 1;
}

static inline struct stack_claim *claim_plainly(const struct stack_step_record *fresh,
                                                const struct stack_frame *caller, uint32_t needs_fp,
                                                struct stack_claim *claim)
{
    uintptr_t fp_slot = stack_frame_plain_fp_slot(unwind_rule_of_word(fresh->rule), caller->sp);
    if (needs_fp && fp_slot != 0)
        *claim++ = (struct stack_claim){(const uintptr_t *)fp_slot, caller->fp};
    *claim = (struct stack_claim){(const uintptr_t *)fresh->pc_slot, caller->pc};
    return claim + 1;
}

/* A frame needs its fp when it uses it, or passes it to a caller that needs it. */
static inline uint32_t needs_fp_inward(struct unwind_rule rule, uint32_t caller_needs_fp)
{
    _Static_assert(UNWIND_USES_FP << 2 == STACK_FRAME_NEEDS_FP,
                   "the bits are moved to their place");
    _Static_assert(UNWIND_PASSES_FP << 1 == STACK_FRAME_NEEDS_FP,
                   "the bits are moved to their place");
    return (rule.fp_use << 2 | (rule.fp_use << 1 & caller_needs_fp)) & STACK_FRAME_NEEDS_FP;
}

static inline uint64_t part_of(uintptr_t pc, uint64_t rule, uint32_t flags)
{
    uint32_t special = flags & (STACK_FRAME_INTERRUPTED | STACK_FRAME_CUT);
    if (__builtin_expect(special, 0))
        return stack_hash_part(pc, stack_frame_module(unwind_rule_of_word(rule)) | special);
    return stack_hash_part_of(pc, rule << STACK_HASH_MODULE_SHIFT); /* the module is its low bits */
}

inline __attribute__((always_inline)) void stack_memory_add(struct stack_memory *memory,
                                                            uint32_t known,
                                                            const struct stack_step_record *fresh,
                                                            uint32_t count)
{
    struct stack_frame *frame = &memory->frames[known];
    struct stack_claim *claim = &memory->claims[frame->claims_end];
    uint64_t hash = frame->hash;
    uint32_t needs_fp = frame->flags & STACK_FRAME_NEEDS_FP;
    for (const struct stack_step_record *from = fresh + count; from-- > fresh;) {
        const struct stack_frame *caller = frame++;
        uint64_t rule = from->rule;
        uint32_t flags = from->flags;
        claim = __builtin_expect(flags & STACK_FRAME_PLAIN, 1)
                    ? claim_plainly(from, caller, needs_fp, claim)
                    : claim_oddly(from, caller, claim);
        needs_fp = needs_fp_inward(unwind_rule_of_word(rule), needs_fp);
        hash = hash * STACK_HASH_FACTOR + part_of(from->pc, rule, flags);
        frame->pc = from->pc;
        frame->sp = from->sp;
        frame->fp = from->fp;
        frame->rule = rule;
        frame->hash = hash;
        frame->counters = NULL;
        frame->stack = frame->site = 0;
        frame->claims_end = (uint32_t)(claim - memory->claims);
        frame->flags = flags | needs_fp;
    }
    memory->count = memory->limit = known + 1 + count;
}
