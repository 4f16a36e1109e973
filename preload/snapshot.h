/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SNAPSHOT_H
#define LEAKGRAPH_SNAPSHOT_H

/*
 * A snapshot of the object graph: stop the other threads with a signal, fork with a raw clone, let the
 * threads go on. The child, alone on a copy-on-write image, scans and writes (heap_scan.h). No
 * ptrace, so it works in containers, under debuggers and for non-dumpable processes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include "preload/recording.h"
#include "preload/threads.h"

enum snapshot_thread_state {
    SNAPSHOT_THREAD_ASKED,
    SNAPSHOT_THREAD_STOPPED, /* registers and stack pointer are known */
    SNAPSHOT_THREAD_BLOCKED, /* did not answer, but the kernel told its stack pointer */
    SNAPSHOT_THREAD_UNKNOWN, /* nothing is known: its whole stack counts */
    SNAPSHOT_THREAD_DEAD,    /* a zombie: main after pthread_exit */
};

struct snapshot_thread {
    int32_t tid;
    _Atomic int state;        /* enum snapshot_thread_state */
    uintptr_t stack_pointer;  /* what lies below is dead; 0 unknown */
    uintptr_t thread_pointer; /* 0 unknown */
    const ucontext_t *context; /* of the interrupted code; its memory is valid in the child */
    uintptr_t saved[8];        /* callee-saved registers of the thread that takes the snapshot */
    long blocked_in;           /* system call number, -1 none */
    uintptr_t blocked_pc;
};

enum { SNAPSHOT_MAX_THREADS = 4096 };
struct snapshot {
    uint64_t number;
    enum recording_snapshot_reason reason;
    struct recording_snapshot *record;
    struct snapshot_thread *threads;
    size_t thread_count;
    bool ends_process; /* this thread's stack below the call that ends the process is dead */
};

/* Takes one and waits for it to be written; false with header.unchecked set. `interrupted` is the context
   in a signal handler, otherwise NULL. */
bool snapshot_take(enum recording_snapshot_reason reason, const ucontext_t *interrupted);

/* Where exit() was called or main returned: this thread's frames below are dead from now on. */
void snapshot_stack_ends_at(uintptr_t stack_pointer);
/* A stop signal came while a block was moving: answer it now. */
void snapshot_answer_pending(struct thread *thread);

#endif
