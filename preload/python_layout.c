/* SPDX-License-Identifier: MIT */
#include "preload/python_layout.h"

#include <stddef.h>

#include "preload/python.h"

const struct python_layout *python_layout;

#define STRINGS_TO_311 .string_ascii_bytes = 48, .string_compact_bytes = 72
#define STRINGS_FROM_312 .string_ascii_bytes = 40, .string_compact_bytes = 56
#define RUNTIME_TO_310 .initialized = 12, .finalizing = 16, .interpreters = 32
#define RUNTIME_FROM_311 .initialized = 16, .finalizing = 24, .interpreters = 40
#define FRAMES(previous, code, owner, in_generator)                                                  \
    .has_frames = true, .frame_previous = (previous), .frame_code = (code), .frame_owner = (owner),      \
    .frame_locals = 72, .generator_frame = (in_generator)

static const struct python_layout layouts[] = {
    {.minor = 9, RUNTIME_TO_310, STRINGS_TO_311, .gc = 616, .thread_pthread = 176, .type_keys = 864, .type_qualname = 856},
    {.minor = 10, RUNTIME_TO_310, STRINGS_TO_311, .gc = 616, .thread_pthread = 176, .type_keys = 872, .type_qualname = 864},
    {.minor = 11, RUNTIME_FROM_311, STRINGS_TO_311, .gc = 648, .type_keys = 872, .type_qualname = 864,
     .has_new_keys = true, .has_values_before = true, FRAMES(48, 32, 69, 80), .has_cframe = true,
     .cframe_frame = 8, .code_local_names = 96, .threads = 16, .thread_next = 8, .thread_frame = 56,
     .thread_id = 160, .thread_pthread = 152, .thread_stack_top = 304, .free_lists = 3872},
    {.minor = 12, RUNTIME_FROM_311, STRINGS_FROM_312, .gc = 112, .type_keys = 880, .type_qualname = 872,
     .has_new_keys = true, .has_tagged_values = true, .has_immortals = true, FRAMES(8, 0, 70, 72),
     .has_cframe = true, .cframe_frame = 0, .code_local_names = 96, .threads = 72, .thread_next = 8,
     .thread_frame = 56, .thread_id = 144, .thread_pthread = 136},
    {.minor = 13, .initialized = 600, .finalizing = 608, .interpreters = 632, STRINGS_FROM_312,
     .gc = 7400, .type_keys = 880, .type_qualname = 872, .has_new_keys = true,
     .has_inline_values = true, .has_immortals = true, FRAMES(8, 0, 70, 72), .code_local_names = 96,
     .threads = 7344, .thread_next = 8, .thread_frame = 72, .thread_id = 160, .thread_pthread = 152},
};

bool python_layout_find(void)
{
    int state = python_state_now();
    if (python_layout || (state != PYTHON_ATTACHED && state != PYTHON_FOLLOWED))
        return python_layout != NULL;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i].minor == python.offsets.minor)
            python_layout = &layouts[i];
    return python_layout != NULL;
}

uintptr_t python_layout_finalising_thread(void)
{
    const uintptr_t *thread = (const uintptr_t *)(python.runtime + python_layout->finalizing);
    return __atomic_load_n(thread, __ATOMIC_ACQUIRE);
}

bool python_layout_is_readable(bool is_ending)
{
    if (!python_layout_find() || !python_layout_interpreter())
        return false;
    bool is_alive = *(const int *)(python.runtime + python_layout->initialized) &&
                    !python_layout_finalising_thread();
    return is_alive || is_ending;
}

uintptr_t python_layout_interpreter(void)
{
    return python_word(python.runtime, python_layout->interpreters);
}
