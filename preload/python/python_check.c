/* SPDX-License-Identifier: MIT */
#include "preload/python/python_check.h"

#include <pthread.h>
#include <string.h>

#include "preload/python/python.h"
#include "preload/python/python_layout.h"
#include "preload/base/probe.h"

/* A word that may not be mapped; 0 then. */
static uintptr_t probe_word(uintptr_t address)
{
    bool is_readable = address >= 4096 && (address & 7) == 0 && probe_is_readable(address);
    return is_readable ? *(const uintptr_t *)address : 0;
}

static bool says(uintptr_t address, const char *text)
{
    const uintptr_t last = address + strlen(text);
    return probe_word(address & ~(uintptr_t)7) != 0 && probe_word(last & ~(uintptr_t)7) != 0 &&
           memcmp((const char *)address, text, strlen(text) + 1) == 0;
}

/* By name: where a program has its own copy of a type (a copy relocation), its symbol in libpython
   leads elsewhere. */
static bool is_of_type(uintptr_t object, const char *name)
{
    uintptr_t type = probe_word(object + PYTHON_OBJECT_TYPE);
    return type != 0 && says(probe_word(type + PYTHON_TYPE_NAME), name);
}

static uintptr_t current_frame(uintptr_t state)
{
    if (python_layout.thread_frame != 0)
        return probe_word(state + python_layout.thread_frame);
    uintptr_t cframe = probe_word(state + python_layout.thread_cframe);
    return cframe != 0 ? probe_word(cframe + python_layout.cframe_frame) : 0;
}

static bool is_plausible_code(uintptr_t code)
{
    enum { MOST_LINES = 100 * 1000 * 1000 };
    if (!is_of_type(code, "code") ||
        probe_word((code + python_layout.code_first_line) & ~(uintptr_t)7) == 0)
        return false;
    int first_line = *(const int *)(code + python_layout.code_first_line);
    return first_line >= 0 && first_line < MOST_LINES &&
           is_of_type(probe_word(code + python_layout.code_file), "str") &&
           is_of_type(probe_word(code + python_layout.code_name), "str") &&
           is_of_type(probe_word(code + python_layout.code_lines), "bytes");
}

/* The first frame of an interpreter is no C frame of a later one: its code tells. */
static bool is_plausible_frame(uintptr_t frame)
{
    uintptr_t code = python_reference(probe_word(frame + python_layout.frame_code));
    if (!is_plausible_code(code))
        return false;
    if (!python_layout.has_frames)
        return true;
    uintptr_t start = code + python_layout.code_instructions - 2;
    uintptr_t size_bytes = 2 * probe_word(code + PYTHON_VARIABLE_SIZE) + 2;
    return probe_word(frame + python_layout.frame_instruction) - start <= size_bytes;
}

/* 3.15 always has one, and it is no call. */
static bool is_owned_by_c(uintptr_t frame)
{
    uintptr_t owner = frame + python_layout.frame_owner;
    return probe_word(owner & ~(uintptr_t)7) != 0 && python_is_owned_by_c(frame);
}

bool python_check(uintptr_t state)
{
    enum { MOST_NESTED = 1000 };
    uintptr_t frame = current_frame(state);
    for (int i = 0; frame != 0 && is_owned_by_c(frame) && i < MOST_NESTED; i++)
        frame = probe_word(frame + python_layout.frame_previous);
    if (frame == 0)
        return false;
    bool is_own = probe_word(state + python_layout.thread_self) == (uintptr_t)pthread_self();
    python_settle(is_own && is_plausible_frame(frame));
    return python_state_now() == PYTHON_FOLLOWED;
}
