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

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include "preload/blocks/saved_registers.h"

enum snapshot_thread_state {
    SNAPSHOT_THREAD_ASKED,
    SNAPSHOT_THREAD_STOPPED, /* registers and stack pointer are known */
    SNAPSHOT_THREAD_BLOCKED, /* did not answer, but the kernel told its stack pointer */
    SNAPSHOT_THREAD_UNKNOWN, /* nothing is known: its whole stack counts */
    SNAPSHOT_THREAD_DEAD,    /* a zombie: main after pthread_exit */
};

struct snapshot_thread {
    int32_t tid;
    _Atomic int state;         /* enum snapshot_thread_state */
    uintptr_t stack_pointer;   /* what lies below is dead; 0 unknown */
    uintptr_t thread_pointer;  /* 0 unknown */
    const ucontext_t *context; /* of the interrupted code; its memory is valid in the child */
    uintptr_t
        arguments[6]; /* of the system call that a thread sleeps in, when it was not stopped */
    long blocked_in;  /* system call number, -1 none */
    uintptr_t blocked_pc;
    struct saved_registers saved; /* of the thread that takes the snapshot: who called for it */
    bool blocks_signals;          /* ours among them: none was sent */
};

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

/* Below this the interrupted code has nothing: so far below its stack pointer it may write. */
enum { THREAD_STOP_RED_ZONE_BYTES = 128 };
uintptr_t thread_stop_stack_pointer(const ucontext_t *context);

#endif
