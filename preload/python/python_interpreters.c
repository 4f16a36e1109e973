/* SPDX-License-Identifier: MIT */
#include "preload/python/python_interpreters.h"

#include "preload/python/python.h"
#include "preload/python/python_layout.h"

bool python_interpreters_are_known(void)
{
    int state = python_state_now();
    return state == PYTHON_ATTACHED || state == PYTHON_FOLLOWED;
}

bool python_interpreters_are_readable(bool is_ending)
{
    if (!python.with_objects || !python_interpreters_are_known() || !python_interpreters_main())
        return false;
    bool is_alive = *(const int *)(python.runtime + python_layout.initialized) &&
                    !python_interpreters_finalising_thread();
    return is_alive || is_ending;
}

bool python_interpreters_are_several(void)
{
    return python_interpreters_are_known() &&
           python_interpreters_next(0) != python_interpreters_main();
}

uintptr_t python_interpreters_finalising_thread(void)
{
    const uintptr_t *thread = (const uintptr_t *)(python.runtime + python_layout.finalizing);
    return __atomic_load_n(thread, __ATOMIC_ACQUIRE);
}

uintptr_t python_interpreters_main(void)
{
    return python_word(python.runtime, (uintptr_t)python_layout.interpreters + 8);
}

uintptr_t python_interpreters_next(uintptr_t interpreter)
{
    return interpreter ? python_word(interpreter, python_layout.interpreter_next)
                       : python_word(python.runtime, python_layout.interpreters);
}

/* --- the collector --- */

uintptr_t python_interpreters_collector(uintptr_t interpreter)
{
    return (python_layout.has_gc_in_runtime ? python.runtime : interpreter) + python_layout.gc;
}

bool python_collector_is_at_work(uintptr_t collector)
{
    return *(const int *)(collector + python_layout.gc_collecting) != 0;
}

/* An empty list points to itself. */
static bool is_list(uintptr_t head)
{
    uintptr_t next = python_word(head, 0) & ~PYTHON_MARKS;
    uintptr_t previous = python_word(head, 8) & ~PYTHON_MARKS;
    return next && previous && (python_word(next, 8) & ~PYTHON_MARKS) == head &&
           (python_word(previous, 0) & ~PYTHON_MARKS) == head;
}

/* 3.13.5 has them 4 bytes before where 3.13.0 has them: its own pointer to them tells. */
static uintptr_t place_of_generations(uintptr_t collector)
{
    enum { FURTHEST = 32 };
    uintptr_t usual = collector + python_layout.gc_generations;
    if (!python_layout.gc_youngest)
        return usual;
    uintptr_t youngest = python_word(collector, python_layout.gc_youngest);
    return youngest - collector <= FURTHEST ? youngest : usual;
}

/* While it works, the collector counts in the links backward. */
uintptr_t python_collector_generations(uintptr_t collector)
{
    uintptr_t generations = place_of_generations(collector);
    if (!is_list(collector + python_layout.gc_permanent))
        return 0;
    for (int i = 0; i < 3 && !python_collector_is_at_work(collector); i++)
        if (!is_list(generations + i * PYTHON_GC_GENERATION_BYTES))
            return 0;
    return generations;
}
