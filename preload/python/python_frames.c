/* SPDX-License-Identifier: MIT */
#include "preload/python/python_frames.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "preload/base/private_memory.h"
#include "preload/python/python.h"
#include "preload/python/python_check.h"
#include "preload/python/python_interpreters.h"
#include "preload/python/python_layout.h"
#include "preload/unwind/stack_hash.h"

/* While the word at an address is what it was, the frame that it belongs to has the same
   instruction, or the same caller. */
struct claim {
    const uintptr_t *address;
    uintptr_t word;
};

enum {
    INITIAL_FRAMES = 128,
    MAX_FRAMES = 1 << 17,
    CLAIMS_PER_FRAME = 3,
    INDEX_SIZE = 512, /* a power of two */
};

/* A frame that was not remembered. */
struct fresh_frame {
    uintptr_t address,
        entry; /* of what lies between it and its caller, 0 nothing; see step_outward */
    python_place place;
};

struct python_stack {
    struct python_frame *frames; /* frames[0] and claims[0], which never holds, end every search */
    struct claim *claims;
    struct fresh_frame *fresh; /* innermost first */
    uint32_t count, capacity, fresh_count;
    uint32_t deaths; /* of code objects, when this was remembered */
    uintptr_t thread_state;
    uint32_t index[INDEX_SIZE]; /* frame by address, as a guess */
};

static const uintptr_t never = 0;

static inline uintptr_t word_at(uintptr_t address)
{
    return *(const uintptr_t *)address;
}

static inline uint32_t *index_of(struct python_stack *stack, uintptr_t frame)
{
    return &stack->index[(frame >> 3 ^ frame >> 10) & (INDEX_SIZE - 1)];
}

static size_t size_of_stack(uint32_t capacity)
{
    return capacity * (sizeof(struct python_frame) + CLAIMS_PER_FRAME * sizeof(struct claim) +
                       sizeof(struct fresh_frame));
}

static __attribute__((noinline)) bool enlarge(struct python_stack *stack)
{
    uint32_t capacity = stack->capacity == 0 ? INITIAL_FRAMES : 2 * stack->capacity;
    struct python_frame *frames =
        capacity <= MAX_FRAMES ? private_memory_map(size_of_stack(capacity)) : NULL;
    if (frames == NULL)
        return false;
    struct claim *claims = (struct claim *)(frames + capacity);
    struct fresh_frame *fresh = (struct fresh_frame *)(claims + CLAIMS_PER_FRAME * capacity);
    if (stack->frames != NULL) {
        memcpy(frames, stack->frames, stack->count * sizeof *frames);
        memcpy(claims, stack->claims, CLAIMS_PER_FRAME * stack->count * sizeof *claims);
        memcpy(fresh, stack->fresh, stack->fresh_count * sizeof *fresh);
        private_memory_unmap(stack->frames, size_of_stack(stack->capacity));
    }
    stack->frames = frames;
    stack->claims = claims;
    stack->fresh = fresh;
    stack->capacity = capacity;
    return true;
}

static void forget(struct python_stack *stack)
{
    stack->frames[0] = (struct python_frame){.claims_end = 1};
    stack->claims[0] = (struct claim){&never, 1};
    stack->count = 1;
}

static struct python_stack *make_stack(void)
{
    struct python_stack *stack = private_memory_map(sizeof *stack);
    if (stack == NULL)
        return NULL;
    if (!enlarge(stack)) {
        private_memory_unmap(stack, sizeof *stack);
        return NULL;
    }
    forget(stack);
    return stack;
}

/* --- frames in Python's memory --- */

/* The caller, 0 when there is none; *entry becomes the frame of C that lies before it. */
static inline uintptr_t step_outward(uintptr_t frame, uintptr_t *entry)
{
    uintptr_t previous = word_at(frame + python_layout.frame_previous);
    *entry = 0;
    while (__builtin_expect(previous != 0 && python_is_owned_by_c(previous), 0)) {
        *entry = previous;
        previous = word_at(previous + python_layout.frame_previous);
    }
    return previous;
}

static inline int64_t instruction_of(uintptr_t frame, uintptr_t code)
{
    if (python_layout.has_frames)
        return ((int64_t)word_at(frame + python_layout.frame_instruction) -
                (int64_t)(code + python_layout.code_instructions)) >>
               1;
    return *(const int *)(frame + python_layout.frame_instruction) >>
           python_layout.instruction_shift;
}

static inline python_place place_of(uintptr_t frame)
{
    uintptr_t code = word_at(frame + python_layout.frame_code) & ~PYTHON_MARKS;
    return python_codes_place(code, instruction_of(frame, code));
}

/* --- what is remembered --- */

/* The outermost remembered frame up to which the chain is what it was, from `index` outward; 0 when
   that is all of it. Looks at nothing beyond the first difference: it may be no frame any more. */
static inline uint32_t validate(const struct python_stack *stack, uint32_t index)
{
    const struct python_frame *frames = stack->frames;
    const struct claim *claim = &stack->claims[frames[index].claims_end - 1];
    while (__builtin_expect(*claim->address == claim->word, 1))
        claim--;
    if (claim == stack->claims)
        return 0;
    while (index > 0 && frames[index - 1].claims_end > claim - stack->claims)
        index--;
    return index;
}

static inline bool add_fresh(struct python_stack *stack, uintptr_t frame, uintptr_t entry)
{
    if (__builtin_expect(stack->fresh_count + 1 >= stack->capacity, 0) && !enlarge(stack))
        return false;
    stack->fresh[stack->fresh_count++] = (struct fresh_frame){frame, entry, place_of(frame)};
    return true;
}

/* Walks outward until the rest is known; returns the innermost frame of that rest, 0 when nothing
   is known, UINT32_MAX when there are too many. */
static inline uint32_t walk_to_known(struct python_stack *stack, uintptr_t frame)
{
    uint32_t limit = stack->count - 1; /* frames inward of this one hold no more */
    while (frame != 0) {
        uint32_t guess = *index_of(stack, frame);
        if (guess <= limit && guess > 0 && stack->frames[guess].address == frame) {
            uint32_t differing = validate(stack, guess);
            if (__builtin_expect(differing == 0, 1))
                return guess;
            limit = differing - 1;
        }
        uintptr_t entry, caller = step_outward(frame, &entry);
        if (!add_fresh(stack, frame, entry))
            return UINT32_MAX;
        frame = caller;
    }
    return 0;
}

/* What must hold for the frame to have the same place and caller, the last to be looked at first:
   the frame's own words tell that there still is the frame of C, and that tells where the caller
   is. */
static inline uint32_t add_claims(struct python_stack *stack, const struct fresh_frame *fresh,
                                  uint32_t end)
{
    struct claim *claim = &stack->claims[end];
    if (fresh->entry != 0)
        *claim++ = (struct claim){(const uintptr_t *)(fresh->entry + python_layout.frame_previous),
                                  word_at(fresh->entry + python_layout.frame_previous)};
    uintptr_t first = fresh->address + python_layout.frame_previous;
    *claim++ = (struct claim){(const uintptr_t *)first, word_at(first)};
    if (!python_layout.has_frames) {
        uintptr_t code = fresh->address + python_layout.frame_code;
        *claim++ = (struct claim){(const uintptr_t *)code, word_at(code)};
    }
    uintptr_t instruction = fresh->address + python_layout.frame_instruction;
    *claim++ = (struct claim){(const uintptr_t *)instruction, word_at(instruction)};
    return (uint32_t)(claim - stack->claims);
}

/* Puts the fresh frames onto the `known` ones. */
static inline bool remember(struct python_stack *stack, uint32_t known)
{
    while (known + stack->fresh_count + 1 > stack->capacity)
        if (!enlarge(stack))
            return false;
    struct python_frame *frame = &stack->frames[known + 1];
    const struct fresh_frame *fresh = stack->fresh + stack->fresh_count;
    for (; fresh-- > stack->fresh; frame++) {
        uint64_t hash = frame[-1].hash;
        frame->address = fresh->address;
        frame->place = fresh->place;
        if (__builtin_expect(fresh->place != PYTHON_PLACE_NOT_BEGUN, 1))
            hash = hash * STACK_HASH_FACTOR + stack_hash_part_of(fresh->place, 0);
        frame->hash = hash;
        frame->claims_end = add_claims(stack, fresh, frame[-1].claims_end);
        *index_of(stack, fresh->address) = (uint32_t)(frame - stack->frames);
    }
    stack->count = known + 1 + stack->fresh_count;
    return true;
}

/* Up to 3.11 Python knows a thread by its first state, whatever interpreter runs on it. */
static __attribute__((noinline)) uintptr_t state_of_several(uintptr_t state)
{
    uintptr_t locking = python.locking_state != NULL ? (uintptr_t)python.locking_state() : 0;
    bool is_own =
        locking != 0 && word_at(locking + python_layout.thread_self) == (uintptr_t)pthread_self();
    return is_own ? locking : state;
}

static inline uintptr_t thread_state_now(void)
{
    if (python.running_state != NULL) {
        void *state = python.running_state();
        return (uintptr_t)(state != NULL ? state : python.thread_state());
    }
    uintptr_t state = (uintptr_t)python.thread_state();
    return __builtin_expect(python_interpreters_are_several(), 0) ? state_of_several(state) : state;
}

static struct python_stack *walk_from(struct python_stack *stack, uintptr_t frame)
{
    stack->fresh_count = 0;
    uint32_t deaths = atomic_load_explicit(&python_codes_deaths, memory_order_relaxed);
    if (__builtin_expect(stack->deaths != deaths, 0)) {
        forget(stack);
        stack->deaths = deaths;
    }
    uint32_t known = walk_to_known(stack, frame);
    if (known == UINT32_MAX || !remember(stack, known)) {
        forget(stack);
        return NULL;
    }
    return stack;
}

const struct python_stack *python_frames_walk(struct python_stack **place)
{
    uintptr_t state = thread_state_now(), frame;
    if (state == 0)
        return NULL;
    if (__builtin_expect(python_state_now() == PYTHON_ATTACHED, 0) && !python_check(state))
        return NULL;
    if ((frame = python_innermost_frame(state)) == 0)
        return NULL;
    if (python_is_owned_by_c(frame)) {
        uintptr_t entry;
        frame = step_outward(frame, &entry);
    }
    if (__builtin_expect(*place == NULL, 0))
        *place = make_stack();
    if (frame == 0 || *place == NULL)
        return NULL;
    (*place)->thread_state = state;
    return walk_from(*place, frame);
}

const struct python_frame *python_frames_of(const struct python_stack *stack, uint32_t *count)
{
    *count = stack->count;
    return stack->frames;
}

uint64_t python_frames_hash(const struct python_stack *stack)
{
    return stack->frames[stack->count - 1].hash;
}

/* --- evaluations --- */

/* Up to 3.12 each evaluation has a cframe in its C frame, and they are chained like the frames. */
static void evaluations_by_cframe(const struct python_stack *stack, uintptr_t *evaluations)
{
    uintptr_t cframe = word_at(stack->thread_state + python_layout.thread_cframe);
    for (uint32_t i = stack->count - 1; i > 0; i--) {
        uint32_t is_entry = python_layout.frame_is_entry;
        evaluations[i] = 0;
        if (cframe == 0 ||
            (is_entry != 0 && *(const uint8_t *)(stack->frames[i].address + is_entry) == 0))
            continue;
        evaluations[i] = cframe;
        cframe = word_at(cframe + python_layout.cframe_previous);
    }
}

static void evaluations_by_entry(const struct python_stack *stack, uintptr_t *evaluations)
{
    for (uint32_t i = stack->count - 1; i > 0; i--) {
        uintptr_t previous = word_at(stack->frames[i].address + python_layout.frame_previous);
        evaluations[i] = previous != 0 && python_is_owned_by_c(previous) ? previous : 0;
    }
}

void python_frames_evaluations(const struct python_stack *stack, uintptr_t *evaluations)
{
    if (python_layout.minor >= 12)
        evaluations_by_entry(stack, evaluations);
    else if (python_layout.thread_cframe != 0)
        evaluations_by_cframe(stack, evaluations);
    else
        for (uint32_t i = 1; i < stack->count; i++)
            evaluations[i] = PYTHON_FRAMES_SOMEWHERE;
}
