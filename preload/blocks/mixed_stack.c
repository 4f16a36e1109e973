/* SPDX-License-Identifier: MIT */
#include "preload/blocks/mixed_stack.h"

#include <string.h>

#include "preload/base/private_memory.h"
#include "preload/python/python_frames.h"
#include "preload/recording/recording_writer.h"
#include "preload/unwind/stack_cache.h"
#include "preload/unwind/stack_hash.h"
#include "preload/unwind/stack_table.h"
#include "preload/unwind/stack_walk.h"

enum { INITIAL_FRAMES = 256, MAX_FRAMES = 1 << 18 };

struct c_frame {
    uintptr_t pc, sp;
    uint32_t module_and_flags;
};

struct mixed_stack {
    struct python_stack *python;
    struct c_frame *c_frames;         /* innermost first */
    uintptr_t *evaluations;           /* see python_frames_evaluations */
    struct stack_table_frame *frames; /* both together, outermost first */
    struct stack_table_frame *stored; /* those of the last new stack */
    uint32_t capacity, frame_count, stored_count;
    struct stack_range thread_stack;
    uint32_t words[STACK_DRAFT_WORDS]; /* of a stack to be stored */
};

static size_t size_of_arrays(uint32_t capacity)
{
    struct mixed_stack *mixed = NULL;
    return capacity * (sizeof *mixed->c_frames + sizeof *mixed->evaluations +
                       sizeof *mixed->frames + sizeof *mixed->stored);
}

/* What was stored last is forgotten: it is worth a few words. */
static bool make_room(struct mixed_stack *mixed, uint32_t needed)
{
    uint32_t capacity = mixed->capacity == 0 ? INITIAL_FRAMES : mixed->capacity;
    while (capacity < needed)
        capacity *= 2;
    if (capacity == mixed->capacity)
        return true;
    char *memory = capacity <= MAX_FRAMES ? private_memory_map(size_of_arrays(capacity)) : NULL;
    if (memory == NULL)
        return false;
    if (mixed->c_frames != NULL) {
        memcpy(memory, mixed->c_frames, mixed->capacity * sizeof *mixed->c_frames);
        private_memory_unmap(mixed->c_frames, size_of_arrays(mixed->capacity));
    }
    mixed->c_frames = (struct c_frame *)memory;
    mixed->evaluations = (uintptr_t *)(mixed->c_frames + capacity);
    mixed->frames = (struct stack_table_frame *)(mixed->evaluations + capacity);
    mixed->stored = mixed->frames + capacity;
    mixed->capacity = capacity;
    mixed->stored_count = 0;
    return true;
}

static inline bool take_memory(struct mixed_stack **place)
{
    if (__builtin_expect(*place == NULL, 0))
        *place = private_memory_map(sizeof(**place));
    return *place != NULL;
}

/* --- the C frames --- */

/* Returns how many there are, 0 without memory. */
static uint32_t walk_c_frames(struct mixed_stack *mixed, const struct call_frame *caller)
{
    struct call_frame at = {caller->pc, caller->sp, caller->fp};
    struct stack_walk walk;
    struct stack_link link;
    enum stack_step step = STACK_STEP_CALLER;
    uint32_t count = 0;
    stack_walk_begin(&walk, caller, &mixed->thread_stack);
    while (step == STACK_STEP_CALLER && count < STACK_CACHE_MAX_FRAMES) {
        if (!make_room(mixed, count + 1))
            return 0;
        struct unwind_rule rule = unwind_rule_at(stack_walk_address(&walk, &at));
        uint32_t flags = walk.is_interrupted ? RECORDING_STACK_EXACT_PC : 0;
        mixed->c_frames[count++] = (struct c_frame){at.pc, at.sp, stack_frame_module(rule) | flags};
        step = stack_walk_step(&walk, &at, rule, &link);
    }
    if (step != STACK_STEP_OUTERMOST)
        mixed->c_frames[count - 1].module_and_flags |= RECORDING_STACK_CUT;
    return count;
}

/* --- both together --- */

/* Walks through the Python frames, evaluation by evaluation, outermost first. */
struct evaluation_cursor {
    const struct python_frame *frames;
    const uintptr_t *evaluations;
    uint32_t next, count; /* frames[next] begins the next evaluation */
};

static uint32_t end_of_evaluation(const struct evaluation_cursor *cursor, uint32_t first)
{
    uint32_t end = first + 1;
    while (end < cursor->count && cursor->evaluations[end] == 0)
        end++;
    return end;
}

static void push_python(struct mixed_stack *mixed, struct evaluation_cursor *cursor, uint32_t end)
{
    for (; cursor->next < end; cursor->next++) {
        python_place place = cursor->frames[cursor->next].place;
        if (place != PYTHON_PLACE_NOT_BEGUN && place != 0)
            mixed->frames[mixed->frame_count++] =
                (struct stack_table_frame){place, RECORDING_NO_MODULE | RECORDING_STACK_PYTHON, 0};
    }
}

/* Is the evaluation that begins with frame `first` the one of this C frame? */
static bool is_evaluated_in(const struct evaluation_cursor *cursor, uint32_t first,
                            const struct c_frame *frame, uintptr_t end)
{
    uintptr_t evaluation = cursor->evaluations[first];
    if (evaluation == PYTHON_FRAMES_SOMEWHERE)
        return frame->pc >= python.evaluate && frame->pc < python.evaluate_end;
    return evaluation >= frame->sp && evaluation < end;
}

/* The end of the Python frames that the C frame stands for; cursor->next when it stands for none.
   An evaluation may have been missed where a stack could not be walked. */
static uint32_t frames_evaluated_in(const struct evaluation_cursor *cursor,
                                    const struct c_frame *frame, uintptr_t end)
{
    enum { LOOK_AHEAD = 4 };
    uint32_t first = cursor->next;
    for (int i = 0; i < LOOK_AHEAD && first < cursor->count; i++) {
        uint32_t next = end_of_evaluation(cursor, first);
        if (is_evaluated_in(cursor, first, frame, end))
            return next;
        first = next;
    }
    return cursor->next;
}

static void put_together(struct mixed_stack *mixed, uint32_t c_count,
                         struct evaluation_cursor *cursor)
{
    mixed->frame_count = 0;
    for (uint32_t i = c_count; i-- > 0;) {
        const struct c_frame *frame = &mixed->c_frames[i];
        uintptr_t end = i + 1 < c_count ? frame[1].sp : UINTPTR_MAX;
        uint32_t evaluated = frames_evaluated_in(cursor, frame, end);
        if (evaluated > cursor->next)
            push_python(mixed, cursor, evaluated);
        else
            mixed->frames[mixed->frame_count++] =
                (struct stack_table_frame){frame->pc, frame->module_and_flags, 0};
    }
    push_python(mixed, cursor, cursor->count);
}

static bool weave(struct mixed_stack *mixed, const struct call_frame *caller)
{
    uint32_t python_count, c_count = walk_c_frames(mixed, caller);
    struct evaluation_cursor cursor = {.next = 1};
    cursor.frames = python_frames_of(mixed->python, &python_count);
    if (c_count == 0 || !make_room(mixed, c_count + python_count))
        return false;
    python_frames_evaluations(mixed->python, mixed->evaluations);
    cursor.evaluations = mixed->evaluations;
    cursor.count = python_count;
    put_together(mixed, c_count, &cursor);
    return true;
}

/* --- the stack table's words --- */

/* How many of the outermost frames are those of the stack that was stored last. */
static uint32_t count_stored(const struct mixed_stack *mixed)
{
    uint32_t limit =
        mixed->frame_count < mixed->stored_count ? mixed->frame_count : mixed->stored_count;
    uint32_t same = 0;
    while (same < limit && mixed->stored[same].pc == mixed->frames[same].pc &&
           mixed->stored[same].module_and_flags == mixed->frames[same].module_and_flags)
        same++;
    return same;
}

static uint32_t store(struct mixed_stack *mixed)
{
    static const struct stack_table_frame none;
    struct stack_table_frame *stored = mixed->stored;
    uint32_t next = count_stored(mixed), stack;
    do {
        uint32_t first = next;
        struct stack_table_frame before = first > 0 ? stored[first - 1] : none;
        struct stack_draft draft = stack_draft_begin(mixed->words, before.stack, first, before.pc,
                                                     before.module_and_flags);
        for (; next < mixed->frame_count && stack_draft_has_room(draft); next++) {
            stored[next] = mixed->frames[next];
            draft = stack_draft_push(draft, stored[next].pc, stored[next].module_and_flags);
        }
        stack = stack_draft_store(draft);
        for (uint32_t i = first; i < next; i++)
            stored[i].stack = stack;
    } while (stack != 0 && next < mixed->frame_count);
    mixed->stored_count = stack != 0 ? mixed->frame_count : 0;
    return stack;
}

static __attribute__((noinline)) uint32_t add_site(struct mixed_stack *mixed,
                                                   const struct call_frame *caller, uint64_t hash)
{
    return weave(mixed, caller) ? stack_table_add(hash, store(mixed)) : 0;
}

uint32_t mixed_stack_site(struct mixed_stack **place, const struct call_frame *caller,
                          uint64_t c_hash)
{
    if (!take_memory(place))
        return 0;
    struct mixed_stack *mixed = *place;
    const struct python_stack *python_stack = python_frames_walk(&mixed->python);
    if (python_stack == NULL)
        return 0;
    uint64_t python_hash = python_frames_hash(python_stack);
    uint64_t hash =
        stack_hash_end((c_hash ^ c_hash >> 32) * UINT64_C(0x9fb21c651e98df25) + python_hash);
    uint32_t site = stack_table_find(hash);
    return __builtin_expect(site != 0, 1) ? site : add_site(mixed, caller, hash);
}
