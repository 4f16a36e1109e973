/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_THREAD_STOP_H
#define LEAKGRAPH_THREAD_STOP_H

/*
 * Stops the other threads with a signal, so that their registers are known, and lets them go on. No
 * ptrace. A thread that blocks the signal, or does not answer in time, is taken as the kernel
 * describes it.
 *
 *     thread_stop_all(&stopped, ...);    no allocation, no lock from here on
 *     ...
 *     thread_stop_release(&stopped);
 *
 * By one thread at a time. In quiet mode nobody is stopped: only what the kernel tells is known.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include "preload/scan/image.h"

enum { SNAPSHOT_MAX_THREADS = 4096 };
struct thread_stop {
    struct snapshot_thread *threads; /* has room for one more, the caller */
    size_t count;
    size_t unknown;      /* of whose stack pointer nothing is known */
    uint64_t started_ns; /* when the first was asked to stop */
};

/* False when there is no memory for the list. */
bool thread_stop_prepare(void);
/* Everyone but the calling thread. `at_end`: the process ends, so there is time. */
void thread_stop_all(struct thread_stop *stop, bool quiet, bool at_end);
void thread_stop_release(const struct thread_stop *stop);

/* The value of a stop signal arrived. The context is changed so that no system call seems
 * interrupted. */
void thread_stop_answer(int value, ucontext_t *context);
/* For a thread that was moving a block when it was asked: ask it again. */
void thread_stop_ask_again(int32_t tid, int value);

/* Below this the interrupted code has nothing. */
uintptr_t thread_stop_stack_pointer(const ucontext_t *context);

#endif
