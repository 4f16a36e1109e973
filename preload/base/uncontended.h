/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_UNCONTENDED_H
#define LEAKGRAPH_UNCONTENDED_H

/*
 * Atomic operations that cost a tenth while the process has one thread. Then they are single
 * instructions, which a signal handler cannot interrupt halfway, but they do not lock the memory
 * against other processors. libc tells whether there is one thread; its malloc relies on it too.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/single_threaded.h>

#include "preload/arch/machine.h"

/* As atomic_compare_exchange_strong. */
static inline bool uncontended_exchange(_Atomic uint64_t *word, uint64_t *found, uint64_t wanted)
{
    return __libc_single_threaded ? machine_exchange_alone(word, found, wanted)
                                  : atomic_compare_exchange_strong(word, found, wanted);
}

static inline void uncontended_or(_Atomic uint64_t *word, uint64_t bits)
{
    if (__libc_single_threaded)
        machine_or_alone(word, bits);
    else
        atomic_fetch_or_explicit(word, bits, memory_order_relaxed);
}

#endif
