/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MIXED_STACK_H
#define LEAKGRAPH_MIXED_STACK_H

/*
 * Stacks of threads that run Python: each C frame of the interpreter's evaluation loop is replaced
 * by the Python frames that it evaluates. A stack that was seen before is known by the hash of its
 * C frames and that of its Python frames; for a new one both are put together here. Called inside
 * malloc and in signal handlers: no malloc, no lock.
 *
 *     uint32_t site = mixed_stack_site(&cache->mixed, caller, hash);     0: the thread runs no
 * Python
 */

#include <stdint.h>

#include "preload/base/call_frame.h"
#include "preload/python/python.h"

/* What a thread's captures remember; made on demand. */
struct mixed_stack;

/* `hash` identifies the C frames from `caller` outward. 0: no Python runs here, or there is no
 * room. */
uint32_t mixed_stack_site(struct mixed_stack **place, const struct call_frame *caller,
                          uint64_t hash);

/* Whether there may be Python frames at all. */
static inline bool mixed_stack_is_possible(void)
{
    int state = atomic_load_explicit(&python_state, memory_order_relaxed);
    return state == PYTHON_FOLLOWED || state == PYTHON_ATTACHED;
}

#endif
