/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_UNCONTENDED_H
#define LEAKGRAPH_UNCONTENDED_H

/*
 * Atomic operations that cost a tenth while the process has one thread: what a signal handler may
 * interrupt is one instruction as well, but does not lock the memory against other processors. libc
 * says when it has more than one thread; its own malloc relies on that too.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/single_threaded.h>

/* As atomic_compare_exchange_strong. */
static inline bool uncontended_exchange(_Atomic uint64_t *word, uint64_t *found, uint64_t wanted)
{
#ifdef __x86_64__
    if (__libc_single_threaded) {
        bool done;
        __asm__ volatile("cmpxchg %[wanted], %[word]"
                         : "+a"(*found), [word] "+m"(*word), "=@ccz"(done)
                         : [wanted] "r"(wanted)
                         : "memory");
        return done;
    }
#endif
    return atomic_compare_exchange_strong(word, found, wanted);
}

static inline void uncontended_or(_Atomic uint64_t *word, uint64_t bits)
{
#ifdef __x86_64__
    if (__libc_single_threaded) {
        __asm__ volatile("or %[bits], %[word]"
                         : [word] "+m"(*word)
                         : [bits] "r"(bits)
                         : "memory", "cc");
        return;
    }
#endif
    atomic_fetch_or_explicit(word, bits, memory_order_relaxed);
}

#endif
