/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SNAPSHOT_H
#define LEAKGRAPH_SNAPSHOT_H

/*
 * A snapshot of the object graph: stop the other threads with a signal, fork with a raw clone, let
 * the threads go on. The child, alone on a copy-on-write image, scans and writes (heap_scan.h). No
 * ptrace, so it works in containers, under debuggers and for non-dumpable processes.
 *
 *     if (snapshot_begin(true)) {
 *         result = snapshot_take(&wish);
 *         snapshot_end();
 *     }
 *
 * One at a time, and one child at a time. Signal-safe: no malloc, no lock but that of begin and
 * end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <ucontext.h>

#include "preload/blocks/saved_registers.h"
#include "preload/recording.h"
#include "preload/snapshot/thread_stop.h"
#include "preload/recording/threads.h"

struct snapshot_wish {
    enum recording_snapshot_reason reason;
    const char *label;             /* NULL: none */
    const ucontext_t *interrupted; /* in a signal handler, otherwise NULL */
};

struct snapshot_result {
    uint64_t number, record_offset;   /* 0: there is not even a record */
    enum recording_unchecked failure; /* RECORDING_CHECKED: a child is writing it */
    int failure_detail;
};

/* The right to take one. False while another thread has it, or when this one had it and was
   interrupted; with `wait`, others are waited for, and the child that is still writing. */
bool snapshot_begin(bool wait);
void snapshot_end(void);
struct snapshot_result snapshot_take(const struct snapshot_wish *wish);

/* The last one of the process: waits for it to be written; false with header.unchecked set. */
bool snapshot_take_last(enum recording_snapshot_reason reason, const ucontext_t *interrupted);
/* The process goes on after all. */
void snapshot_was_not_last(void);

/* Takes note of a child that has finished. */
void snapshot_reap(void);
/* Is it the child that writes a snapshot? And: it was waited for by the program. */
bool snapshot_is_child(pid_t pid);
bool snapshot_forget_child(pid_t pid);
/* `parent`: the recorded process that this child comes from. Blocks that were set aside are left to
   it as long as it lives; a child that outlives it, such as a daemon, takes them over. */
void snapshot_restart_after_fork(int32_t parent);

/* Where exit() was called or main returned: this thread's frames below are dead from now on. */
void snapshot_stack_ends_at(const struct saved_registers *caller);

#endif
