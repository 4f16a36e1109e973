/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_IMAGE_H
#define LEAKGRAPH_IMAGE_H

/*
 * What the snapshot child is told of the image that it scans: which snapshot it is and where the
 * threads stood when the process was copied. Made by snapshot.c and thread_stop.c; the thread that
 * takes the snapshot is the last of the list.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#include "preload/blocks/saved_registers.h"
#include "preload/recording.h"

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
    uintptr_t alternate_stack; /* of signal handlers; 0 none */
    const ucontext_t *context; /* of the interrupted code; its memory is valid in the child */
    uintptr_t
        arguments[6]; /* of the system call that a thread sleeps in, when it was not stopped */
    long blocked_in;  /* system call number, -1 none */
    uintptr_t blocked_pc;
    struct saved_registers saved; /* of the thread that takes the snapshot: who called for it */
    bool blocks_signals;          /* ours among them: none was sent */
};

struct snapshot {
    uint64_t number;
    enum recording_snapshot_reason reason;
    struct recording_snapshot *record;
    struct snapshot_thread *threads;
    size_t thread_count;
    bool ends_process; /* this thread's stack below the call that ends the process is dead */
};

#endif
