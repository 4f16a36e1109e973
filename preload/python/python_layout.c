/* SPDX-License-Identifier: MIT */
#include "preload/python/python_layout.h"

#include <stddef.h>

#include "preload/python/python.h"

const struct python_layout *python_layout;

#define STRINGS_TO_311 .string_ascii_bytes = 48, .string_compact_bytes = 72
#define STRINGS_FROM_312 .string_ascii_bytes = 40, .string_compact_bytes = 56
#define RUNTIME_TO_310 .initialized = 12, .finalizing = 16, .interpreters = 32
#define RUNTIME_FROM_311 .initialized = 16, .finalizing = 24, .interpreters = 40
#define THREADS_TO_310 .threads = 8, .thread_next = 8, .thread_frame = 24, .thread_pthread = 176
#define FRAMES_TO_310(locals)                                                                      \
    .frame_previous = 24, .frame_code = 32, .frame_locals = (locals),                              \
    .code_local_names = {72, 88, 80}, .code_name = 112
#define FRAMES(previous, code, owner, in_generator)                                                \
    .has_frames = true, .frame_previous = (previous), .frame_code = (code),                        \
    .frame_owner = (owner), .frame_locals = 72, .generator_frame = (in_generator),                 \
    .code_local_names = {96}, .code_name = 128

static struct python_layout layouts[] = {
    {.minor = 8,
     RUNTIME_TO_310,
     STRINGS_TO_311,
     THREADS_TO_310,
     FRAMES_TO_310(360),
     .has_gc_in_runtime = true,
     .gc = 344,
     .type_keys = 872,
     .type_qualname = 864},
    {.minor = 9,
     RUNTIME_TO_310,
     STRINGS_TO_311,
     THREADS_TO_310,
     FRAMES_TO_310(360),
     .gc = 616,
     .type_keys = 864,
     .type_qualname = 856},
    {.minor = 10,
     RUNTIME_TO_310,
     STRINGS_TO_311,
     THREADS_TO_310,
     FRAMES_TO_310(352),
     .gc = 616,
     .type_keys = 872,
     .type_qualname = 864,
     .free_lists = 10040},
    {.minor = 11,
     RUNTIME_FROM_311,
     STRINGS_TO_311,
     .gc = 648,
     .type_keys = 872,
     .type_qualname = 864,
     .has_new_keys = true,
     .has_values_before = true,
     FRAMES(48, 32, 69, 80),
     .has_cframe = true,
     .cframe_frame = 8,
     .threads = 16,
     .thread_next = 8,
     .thread_frame = 56,
     .thread_id = 160,
     .thread_pthread = 152,
     .thread_stack_top = 304,
     .free_lists = 3872},
    {.minor = 12,
     RUNTIME_FROM_311,
     STRINGS_FROM_312,
     .gc = 112,
     .type_keys = 880,
     .type_qualname = 872,
     .has_new_keys = true,
     .has_tagged_values = true,
     .has_immortals = true,
     FRAMES(8, 0, 70, 72),
     .has_cframe = true,
     .cframe_frame = 0,
     .threads = 72,
     .thread_next = 8,
     .thread_frame = 56,
     .thread_id = 144,
     .thread_pthread = 136,
     .thread_stack_top = 240},
    /* what it says of itself takes the place of these, see take_said */
    {.minor = 13,
     .initialized = 600,
     .finalizing = 608,
     .interpreters = 632,
     STRINGS_FROM_312,
     .interpreter_next = 7264,
     .gc = 7400,
     .type_keys = 880,
     .type_qualname = 872,
     .has_new_keys = true,
     .has_inline_values = true,
     .has_immortals = true,
     FRAMES(8, 0, 70, 72),
     .threads = 7344,
     .thread_next = 8,
     .thread_frame = 72,
     .thread_id = 160,
     .thread_pthread = 152,
     .thread_stack_top = 240},
};

static void take_said(struct python_layout *layout)
{
    struct python_interpreter_offsets said;
    if (!python_offsets_of_interpreter(layout->minor, python.runtime, &said))
        return;
    layout->finalizing = said.runtime_finalizing;
    layout->initialized = said.runtime_finalizing - 8;
    layout->interpreters = said.runtime_interpreters;
    layout->interpreter_next = said.next;
    layout->threads = said.threads;
    layout->gc = said.gc;
    layout->thread_next = said.thread_next;
    layout->thread_frame = said.thread_frame;
    layout->thread_id = said.thread_native_id;
    layout->thread_pthread = said.thread_id;
}

bool python_layout_find(void)
{
    int state = python_state_now();
    if (python_layout || (state != PYTHON_ATTACHED && state != PYTHON_FOLLOWED))
        return python_layout != NULL;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i].minor == python.offsets.minor) {
            take_said(&layouts[i]);
            python_layout = &layouts[i];
        }
    return python_layout != NULL;
}

uintptr_t python_layout_finalising_thread(void)
{
    const uintptr_t *thread = (const uintptr_t *)(python.runtime + python_layout->finalizing);
    return __atomic_load_n(thread, __ATOMIC_ACQUIRE);
}

bool python_layout_is_readable(bool is_ending)
{
    if (!python.with_objects || !python_layout_find() || !python_layout_interpreter())
        return false;
    bool is_alive = *(const int *)(python.runtime + python_layout->initialized) &&
                    !python_layout_finalising_thread();
    return is_alive || is_ending;
}

bool python_layout_has_several(void)
{
    return python_layout && python_layout_next_interpreter(0) != python_layout_interpreter();
}

uintptr_t python_layout_interpreter(void)
{
    return python_word(python.runtime, (uintptr_t)python_layout->interpreters + 8);
}

uintptr_t python_layout_next_interpreter(uintptr_t interpreter)
{
    return interpreter ? python_word(interpreter, python_layout->interpreter_next)
                       : python_word(python.runtime, python_layout->interpreters);
}

uintptr_t python_layout_collector(uintptr_t interpreter)
{
    return (python_layout->has_gc_in_runtime ? python.runtime : interpreter) + python_layout->gc;
}

/* An empty list points to itself. The lowest bits of a link are marks. */
static bool is_list(uintptr_t head)
{
    const uintptr_t marks = 3;
    uintptr_t next = python_word(head, 0) & ~marks, previous = python_word(head, 8) & ~marks;
    return next && previous && (python_word(next, 8) & ~marks) == head &&
           (python_word(previous, 0) & ~marks) == head;
}

bool python_layout_is_collecting(uintptr_t collector)
{
    return *(const int *)(collector + PYTHON_GC_COLLECTING) != 0;
}

/* 3.13.5 has them 4 bytes before where 3.13.0 has them. While it works, the collector counts in the
   links backward. */
uintptr_t python_layout_generations(uintptr_t collector)
{
    enum { FURTHEST = 32 };
    uintptr_t youngest = python_word(collector, PYTHON_GC_YOUNGEST);
    bool is_plausible =
        youngest - collector <= FURTHEST && is_list(collector + PYTHON_GC_PERMANENT);
    if (!is_plausible || python_layout_is_collecting(collector))
        return is_plausible ? youngest : 0;
    for (int i = 0; i < 3; i++)
        if (!is_list(youngest + i * PYTHON_GC_GENERATION_BYTES))
            return 0;
    return youngest;
}
