/* SPDX-License-Identifier: MIT */
#include "preload/blocks/plain_stack.h"

#include <stdbool.h>
#include <string.h>

#include "preload/base/private_memory.h"
#include "preload/recording/recording_writer.h"
#include "preload/unwind/stack_cache.h"
#include "preload/unwind/stack_hash.h"
#include "preload/unwind/stack_table.h"

struct plain_frame {
    uintptr_t pc;
    struct unwind_rule rule;
    uint32_t flags; /* enum recording_stack_flags */
};

static size_t size_of_frames(uint32_t capacity)
{
    return capacity * (sizeof(struct plain_frame) + sizeof(struct stack_table_frame));
}

static bool make_room(struct plain_stack *plain)
{
    uint32_t capacity = plain->capacity == 0 ? 256 : 4 * plain->capacity;
    if (plain->capacity >= STACK_CACHE_MAX_FRAMES)
        return false;
    struct plain_frame *larger = private_memory_map(size_of_frames(capacity));
    if (larger == NULL)
        return false;
    struct stack_table_frame *stored = (struct stack_table_frame *)(larger + capacity);
    if (plain->frames != NULL) {
        memcpy(larger, plain->frames, plain->capacity * sizeof *larger);
        memcpy(stored, plain->stored, plain->capacity * sizeof *stored);
        private_memory_unmap(plain->frames, size_of_frames(plain->capacity));
    }
    plain->frames = larger;
    plain->stored = stored;
    plain->capacity = capacity;
    return true;
}

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
static inline void run_plain(struct plain_run *progress, const struct plain_stack *plain,
                             uintptr_t high)
{
    const struct lossy_map_table *rules =
        atomic_load_explicit(&unwind_rules_known.table, memory_order_acquire);
    struct plain_run run = *progress;
    uintptr_t room_bytes = high - run.at.sp; /* for the frames that are left */
    struct plain_frame *frame = plain->frames + run.count, *end = plain->frames + plain->capacity;
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
    run.count = (uint32_t)(frame - plain->frames);
    *progress = run;
}

/* Notes the frame at hand and steps to its caller, whatever it takes. */
static __attribute__((noinline)) enum stack_step
step_plain(struct plain_run *run, struct stack_walk *walk, struct plain_stack *plain)
{
    struct plain_frame *frame = &plain->frames[run->count++];
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
struct plain_walk plain_stack_walk(struct plain_stack *plain, const struct call_frame *caller,
                                   const struct stack_range *thread_stack)
{
    struct plain_run run = {.at = {caller->pc, caller->sp, caller->fp}, .power = 1};
    struct stack_walk walk;
    enum stack_step step = STACK_STEP_CALLER;
    stack_walk_begin(&walk, caller, thread_stack);
    while (step == STACK_STEP_CALLER && run.at.pc != 0) {
        if (__builtin_expect(run.count == plain->capacity, 0) && !make_room(plain))
            break;
        if (__builtin_expect(stack_walk_is_plain(&walk), 1))
            run_plain(&run, plain, walk.high);
        if (run.at.pc != 0 && run.count < plain->capacity)
            step = step_plain(&run, &walk, plain);
    }
    bool is_whole = step == STACK_STEP_OUTERMOST || run.at.pc == 0;
    if (!is_whole && run.count > 0)
        cut_plain(&run, &plain->frames[run.count - 1]);
    return (struct plain_walk){run.count, stack_hash_end(run.hash)};
}

/* How many of the outermost frames are those of the plain stack that was stored last. */
static uint32_t count_stored(const struct plain_stack *plain, uint32_t count)
{
    const struct plain_frame *frames = &plain->frames[count];
    uint32_t limit = count < plain->stored_count ? count : plain->stored_count;
    uint32_t same = 0;
    while (same < limit && plain->stored[same].pc == frames[-1 - (int64_t)same].pc &&
           plain->stored[same].module_and_flags == module_and_flags_of(&frames[-1 - (int64_t)same]))
        same++;
    return same;
}

/* The stack table's words for a stack that was walked plainly: the frames that it has in common
   with the last such stack are in the table. */
uint32_t plain_stack_store(struct plain_stack *plain, uint32_t count, uint32_t *words)
{
    static const struct stack_table_frame none;
    struct stack_table_frame *stored = plain->stored;
    uint32_t next = count_stored(plain, count), stack;
    do {
        uint32_t first = next;
        struct stack_table_frame before = first > 0 ? stored[first - 1] : none;
        struct stack_draft draft =
            stack_draft_begin(words, before.stack, first, before.pc, before.module_and_flags);
        const struct plain_frame *frame = &plain->frames[count - 1 - next];
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
    plain->stored_count = stack != 0 ? count : 0;
    return stack;
}
