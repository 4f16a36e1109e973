/* SPDX-License-Identifier: MIT */
#include "preload/scan/python_scrub.h"

#include <string.h>

#include "preload/python/python_interpreters.h"
#include "preload/python/python_layout.h"
#include "preload/scan/scan_guard.h"

/* struct { PyObject *free_list[80]; int numfree; }, one after another: lists, dicts, their keys,
   and two of asynchronous generators. */
enum { FREE_LISTS = 5, FREE_LIST_PLACES = 80, FREE_LIST_BYTES = FREE_LIST_PLACES * 8 + 8 };
enum { STACK_LIMIT_BYTES = 1 << 30 };

static void clear_free_list(uintptr_t places)
{
    int used = *(const int *)(places + FREE_LIST_PLACES * 8);
    if (used >= 0 && used <= FREE_LIST_PLACES)
        memset((void *)(places + (uintptr_t)used * 8), 0, (size_t)(FREE_LIST_PLACES - used) * 8);
}

static void clear_stack(uintptr_t thread)
{
    uintptr_t top = python_word(thread, python_layout.thread_stack_top);
    uintptr_t end = python_word(thread, (uintptr_t)python_layout.thread_stack_top + 8);
    if (top && top < end && end - top < STACK_LIMIT_BYTES)
        memset((void *)top, 0, end - top);
}

static void clear_interpreter(uintptr_t interpreter)
{
    for (int i = 0; i < FREE_LISTS && python_layout.free_lists; i++)
        clear_free_list(interpreter + python_layout.free_lists + i * FREE_LIST_BYTES);
    uintptr_t thread =
        python_layout.thread_stack_top ? python_word(interpreter, python_layout.threads) : 0;
    for (; thread; thread = python_word(thread, python_layout.thread_next))
        clear_stack(thread);
}

static void clear_all(void *context)
{
    uintptr_t interpreter = python_interpreters_next(0);
    (void)context;
    for (; interpreter; interpreter = python_interpreters_next(interpreter))
        clear_interpreter(interpreter);
}

void python_scrub(const struct snapshot *snapshot)
{
    if (python_interpreters_are_readable(snapshot->reason == RECORDING_AT_PYTHON_END))
        scan_guard_call(clear_all, NULL);
}
