/* SPDX-License-Identifier: MIT */
#include "preload/python/python_layout.h"

#include <stddef.h>
#include <string.h>

struct python_layout python_layout;

#define RUNTIME_TO_310 .initialized = 12, .finalizing = 16, .interpreters = 32
#define RUNTIME_FROM_311 .initialized = 16, .finalizing = 24, .interpreters = 40
#define COLLECTOR_TO_313                                                                           \
    .gc_enabled = 12, .gc_debug = 16, .gc_generations = 24, .gc_youngest = 96,                     \
    .gc_permanent = 104, .gc_statistics = 128, .gc_collecting = 200, .gc_garbage = 208
#define THREADS_TO_310 .threads = 8, .thread_next = 8, .thread_frame = 24, .thread_self = 176
#define FRAMES_TO_310                                                                              \
    .frame_previous = 24, .frame_code = 32, .code_file = 104, .code_name = 112,                    \
    .code_first_line = 40, .code_lines = 120, .code_instructions = 176,                            \
    .code_local_names = {72, 88, 80}
#define FRAMES_FROM_311                                                                            \
    .has_frames = true, .frame_instruction = 56, .code_file = 112, .code_name = 128,               \
    .code_lines = 136, .code_local_names = {96}
#define STRINGS_TO_311 .string_ascii_bytes = 48, .string_compact_bytes = 72
#define STRINGS_FROM_312 .string_ascii_bytes = 40, .string_compact_bytes = 56
/* Where it says nothing of itself. */
#define TO_310                                                                                     \
    RUNTIME_TO_310, COLLECTOR_TO_313, THREADS_TO_310, FRAMES_TO_310, STRINGS_TO_311,               \
        .tuple_items = 24
#define TO_312 RUNTIME_FROM_311, COLLECTOR_TO_313, FRAMES_FROM_311, .tuple_items = 24
/* What it does not say. */
#define FROM_313                                                                                   \
    .has_frames = true, .generator_frame = 72, .code_local_names = {96}, .has_new_keys = true,     \
    .has_inline_values = true, .has_immortals = true

static const struct python_layout layouts[] = {
    {.minor = 8,
     TO_310,
     .has_gc_in_runtime = true,
     .gc = 344,
     .frame_instruction = 104,
     .instruction_shift = 1,
     .frame_locals = 360,
     .type_keys = 872,
     .type_qualname = 864},
    {.minor = 9,
     TO_310,
     .gc = 616,
     .frame_instruction = 104,
     .instruction_shift = 1,
     .frame_locals = 360,
     .type_keys = 864,
     .type_qualname = 856},
    {.minor = 10,
     TO_310,
     .gc = 616,
     .free_lists = 10040,
     .thread_cframe = 48,
     .cframe_previous = 8,
     .frame_instruction = 96,
     .frame_locals = 352,
     .type_keys = 872,
     .type_qualname = 864},
    {.minor = 11,
     TO_312,
     STRINGS_TO_311,
     .threads = 16,
     .gc = 648,
     .free_lists = 3872,
     .thread_next = 8,
     .thread_cframe = 56,
     .thread_self = 152,
     .thread_tid = 160,
     .thread_stack_top = 304,
     .cframe_frame = 8,
     .cframe_previous = 16,
     .frame_previous = 48,
     .frame_code = 32,
     .frame_is_entry = 68,
     .frame_owner = 69,
     .frame_locals = 72,
     .generator_frame = 80,
     .code_first_line = 72,
     .code_instructions = 184,
     .code_first_traceable = 168,
     .type_keys = 872,
     .type_qualname = 864,
     .has_new_keys = true,
     .has_values_before = true},
    {.minor = 12,
     TO_312,
     STRINGS_FROM_312,
     .threads = 72,
     .gc = 112,
     .thread_next = 8,
     .thread_cframe = 56,
     .thread_self = 136,
     .thread_tid = 144,
     .thread_stack_top = 240,
     .cframe_frame = 0,
     .cframe_previous = 8,
     .frame_previous = 8,
     .frame_code = 0,
     .frame_owner = 70,
     .frame_locals = 72,
     .generator_frame = 72,
     .code_first_line = 68,
     .code_instructions = 192,
     .code_first_traceable = 176,
     .type_keys = 880,
     .type_qualname = 872,
     .has_new_keys = true,
     .has_tagged_values = true,
     .has_immortals = true},
    {.minor = 13, FROM_313, COLLECTOR_TO_313, .type_keys = 880, .type_qualname = 872},
    {.minor = 14,
     FROM_313,
     .gc_enabled = 12,
     .gc_debug = 16,
     .gc_generations = 24,
     .gc_permanent = 96,
     .gc_statistics = 120,
     .gc_collecting = 192,
     .gc_garbage = 200,
     .has_tagged_references = true,
     .type_keys = 880,
     .type_qualname = 872},
    {.minor = 15,
     FROM_313,
     .gc_enabled = 0,
     .gc_debug = 4,
     .gc_generations = 8,
     .gc_permanent = 80,
     .gc_statistics = 104,
     .has_buffered_statistics = true,
     .gc_collecting = 112,
     .gc_garbage = 128,
     .has_tagged_references = true,
     .type_keys = 888,
     .type_qualname = 880},
};

/* --- what it says of itself --- */

/* _PyRuntime begins with words: a cookie, its version, whether it was built without the global
   lock, and offsets. Each version adds some in the middle. */
enum { SAID_COOKIE, SAID_VERSION, SAID_FREE_THREADED, SAID_LIMIT = 4096 };

/* Which of these words goes where. */
#define SAID(field) offsetof(struct python_layout, field)
static const struct said {
    uint8_t to, words[3]; /* of 3.13, 3.14, 3.15 */
} said[] = {
    {SAID(finalizing), {4, 4, 4}},
    {SAID(interpreters), {5, 5, 5}},
    {SAID(interpreter_next), {8, 8, 8}},
    {SAID(threads), {9, 9, 9}},
    {SAID(gc), {10, 11, 11}},
    {SAID(thread_next), {21, 24, 24}},
    {SAID(thread_frame), {23, 26, 26}},
    {SAID(thread_self), {24, 27, 30}},
    {SAID(thread_tid), {25, 28, 31}},
    {SAID(thread_stack_top), {26, 29, 32}},
    {SAID(frame_previous), {29, 32, 40}},
    {SAID(frame_code), {30, 33, 41}},
    {SAID(frame_instruction), {31, 34, 42}},
    {SAID(frame_locals), {32, 35, 43}},
    {SAID(frame_owner), {33, 36, 44}},
    {SAID(code_file), {35, 40, 48}},
    {SAID(code_name), {37, 42, 50}},
    {SAID(code_lines), {38, 43, 51}},
    {SAID(code_first_line), {39, 44, 52}},
    {SAID(code_instructions), {43, 48, 56}},
    {SAID(tuple_items), {51, 57, 69}},
    {SAID(string_ascii_bytes), {70, 80, 92}},
};

static const uint64_t *words_at(uintptr_t runtime)
{
    const uint64_t *words = (const uint64_t *)runtime;
    return runtime != 0 && memcmp(words, "xdebugpy", 8) == 0 ? words : NULL;
}

/* Some are not told, but always lie beside one that is. */
static void take_neighbours(struct python_layout *layout)
{
    layout->initialized = layout->finalizing - 8;
    layout->thread_stack_top += 8;
    layout->code_first_traceable = layout->code_instructions - 16;
    layout->string_compact_bytes = layout->string_ascii_bytes + 16;
}

static bool take_said(struct python_layout *layout, uintptr_t runtime)
{
    const uint64_t *words = words_at(runtime);
    if (words == NULL || words[SAID_VERSION] >> 16 != (0x0300 | layout->minor))
        return false;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        uint64_t offset = words[said[i].words[layout->minor - 13]];
        if (offset > UINT16_MAX)
            return false;
        memcpy((char *)layout + said[i].to, &(uint16_t){(uint16_t)offset}, sizeof(uint16_t));
    }
    take_neighbours(layout);
    return true;
}

bool python_layout_is_free_threaded(unsigned minor, uintptr_t runtime)
{
    const uint64_t *words = minor >= 13 ? words_at(runtime) : NULL;
    return words != NULL && words[SAID_FREE_THREADED] != 0;
}

bool python_layout_take(unsigned minor, unsigned micro, uintptr_t runtime)
{
    struct python_layout wanted = {0};
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i].minor == minor)
            wanted = layouts[i];
    bool is_known = wanted.minor != 0 && (minor < 13 || take_said(&wanted, runtime));
    wanted.micro = micro;
    if (is_known)
        python_layout = wanted;
    return is_known;
}
