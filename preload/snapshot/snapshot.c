/* SPDX-License-Identifier: MIT */
#include "preload/snapshot/snapshot.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "preload/base/clock.h"
#include "preload/blocks/freed_blocks.h"
#include "preload/blocks/live_blocks.h"
#include "preload/python/python_interpreters.h"
#include "preload/scan/changed_pages.h"
#include "preload/scan/heap_scan.h"
#include "preload/scan/scan_stream.h"
#include "preload/scan/unforked_pages.h"
#include "preload/snapshot/pause_estimate.h"
#include "preload/recording/process_mark.h"
#include "preload/recording/recording_writer.h"
#include "preload/recording/snapshot_options.h"

enum { NEAR_BYTES = 16 << 20 }; /* on the same stack, not a signal's or a coroutine's */
/* How long the end of a process waits for its graph; the child goes on without it. */
#define WAIT_LIMIT_NS (120ull * 1000000000u)
/* A record takes a page of the recording. */
enum { RECORD_LIMIT = 4096 };

static _Atomic int32_t holder; /* tid of who takes one, 0: nobody */
static _Atomic int is_last;    /* the process ends: others come too late */
static struct recording_snapshot *child_record, *refused_record;
static int32_t recorded_parent; /* of a forked child */
static struct saved_registers leaving;
static int32_t leaving_tid;

void snapshot_stack_ends_at(const struct saved_registers *caller)
{
    leaving = *caller;
    leaving_tid = (int32_t)syscall(SYS_gettid);
}

/* --- the child --- */

static void settle_child(int status)
{
    recording_header->snapshot_child = 0;
    if (child_record && status && child_record->state == RECORDING_SNAPSHOT_WRITING) {
        child_record->failure = RECORDING_SNAPSHOT_DIED;
        child_record->failure_detail = status;
        child_record->state = RECORDING_SNAPSHOT_FAILED;
    }
    child_record = NULL;
}

/* The last child whose end the program's wait got, which is about to ask whose it was. */
static _Atomic pid_t taken_child;

bool snapshot_is_child(pid_t pid)
{
    return process_is_recording() &&
           (recording_header->snapshot_child == (uint64_t)pid || atomic_load(&taken_child) == pid);
}

/* How it ended is told by its record: what still is being written then was not finished. */
bool snapshot_forget_child(pid_t pid)
{
    uint64_t child = (uint64_t)pid;
    if (!process_is_recording())
        return false;
    return __atomic_compare_exchange_n(&recording_header->snapshot_child, &child, 0, false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_RELAXED) ||
           atomic_compare_exchange_strong(&taken_child, &pid, 0);
}

/* No SIGCHLD is sent for this child and only __WALL finds it: the program never sees it. */
static bool child_runs(void)
{
    int status = 0;
    long child = (long)recording_header->snapshot_child;
    if (!child)
        return false;
    long done = syscall(SYS_wait4, child, &status, __WALL | WNOHANG, NULL);
    if (done == 0)
        return true;
    if (done != child)
        atomic_store(&taken_child, (pid_t)child);
    settle_child(done == child ? status : 0);
    return false;
}

static bool wait_for_child(void)
{
    uint64_t deadline_ns = clock_ns() + WAIT_LIMIT_NS;
    struct timespec pause = {0, 50000};
    while (child_runs()) {
        if (clock_ns() > deadline_ns)
            return false;
        syscall(SYS_nanosleep, &pause, NULL);
        if (pause.tv_nsec < 5000000)
            pause.tv_nsec += pause.tv_nsec / 4;
    }
    return true;
}

void snapshot_reap(void)
{
    if (snapshot_begin(false)) {
        child_runs();
        snapshot_end();
    }
}

/* --- one at a time --- */

static bool take_hold(bool wait)
{
    int32_t self = (int32_t)syscall(SYS_gettid), nobody = 0;
    uint64_t deadline_ns = wait ? clock_ns() + WAIT_LIMIT_NS : 0;
    const struct timespec pause = {0, 500000};
    while (!atomic_compare_exchange_strong(&holder, &nobody, self)) {
        if (!wait || nobody == self || clock_ns() > deadline_ns)
            return false;
        syscall(SYS_nanosleep, &pause, NULL);
        nobody = 0;
    }
    return true;
}

bool snapshot_begin(bool wait)
{
    if (!recording_is_open() || atomic_load(&is_last) || !take_hold(wait))
        return false;
    if (wait)
        wait_for_child();
    return true;
}

void snapshot_end(void)
{
    atomic_store(&holder, 0);
}

void snapshot_restart_after_fork(int32_t parent)
{
    recorded_parent = parent;
    unforked_pages_restart_after_fork();
    atomic_store(&holder, 0);
    atomic_store(&is_last, 0);
    child_record = refused_record = NULL;
}

/* --- the record --- */

/* Python's objects are judged all together, but those of an image that exec replaces are not. */
static bool leaves_out_inherited(enum recording_snapshot_reason reason)
{
    return live_blocks_are_set_aside() && getppid() == recorded_parent &&
           (reason == RECORDING_AT_EXEC || !python_interpreters_are_readable(true));
}

static struct recording_snapshot *record_new(const struct snapshot_wish *wish, uint64_t *number)
{
    uint64_t next = recording_header->snapshot_count + 1;
    struct recording_chunk *chunk = next <= RECORD_LIMIT || atomic_load(&is_last)
                                        ? recording_chunk_new(RECORDING_CHUNK_SNAPSHOT, next, 0, 0,
                                                              sizeof(struct recording_snapshot))
                                        : NULL;
    if (!chunk)
        return NULL;
    struct recording_snapshot *record = recording_chunk_payload(chunk);
    record->reason = wish->reason;
    record->time_ns = clock_ns();
    record->flags = (snapshot_options.quiet ? RECORDING_SNAPSHOT_QUIET : 0) |
                    (leaves_out_inherited(wish->reason) ? RECORDING_SNAPSHOT_OWN : 0);
    if (wish->label && *wish->label)
        record->label =
            recording_string(wish->label, strnlen(wish->label, RECORDING_LABEL_BYTES - 1));
    record->state = RECORDING_SNAPSHOT_WRITING;
    __atomic_store_n(&chunk->used, sizeof *record, __ATOMIC_RELEASE);
    recording_header->snapshot_count = *number = next;
    return record;
}

static void record_failure(struct recording_snapshot *record, enum recording_unchecked failure,
                           int detail)
{
    record->failure = failure;
    record->failure_detail = detail;
    __atomic_store_n(&record->state, RECORDING_SNAPSHOT_FAILED, __ATOMIC_RELEASE);
}

/* What is refused again and again, every minute of a year, is one record that counts. */
static struct snapshot_result refuse(const struct snapshot_wish *wish, uint64_t expected_ns)
{
    struct snapshot_result result = {.failure = RECORDING_SNAPSHOT_PAUSE};
    bool is_repeated = refused_record && !wish->label && refused_record->reason == wish->reason;
    if (is_repeated)
        refused_record->repeats++;
    else
        refused_record = record_new(wish, &result.number);
    if (!refused_record)
        return result;
    pause_estimate_forgive();
    refused_record->expected_pause_ns = expected_ns;
    refused_record->pause_limit_ns = snapshot_options.max_pause_ns;
    record_failure(refused_record, RECORDING_SNAPSHOT_PAUSE, 0);
    result.record_offset = recording_offset(refused_record);
    return result;
}

/* --- taking it --- */

static uintptr_t alternate_stack(void)
{
    stack_t now;
    return sigaltstack(NULL, &now) == 0 && !(now.ss_flags & SS_DISABLE) ? (uintptr_t)now.ss_sp : 0;
}

/* The thread that takes the snapshot is the last of the list. */
static void list_self(struct thread_stop *stop, const ucontext_t *interrupted,
                      const struct saved_registers *saved, bool ends_process)
{
    struct snapshot_thread *self = &stop->threads[stop->count++];
    memset(self, 0, sizeof *self);
    self->tid = (int32_t)syscall(SYS_gettid);
    self->thread_pointer = (uintptr_t)__builtin_thread_pointer();
    self->alternate_stack = alternate_stack();
    self->context = interrupted;
    self->saved = *saved;
    self->stack_pointer = interrupted ? thread_stop_stack_pointer(interrupted)
                                      : (uintptr_t)__builtin_frame_address(0);
    /* A call that never returns: what lies below it is dead, and of the registers count those of
       its caller. */
    uintptr_t end = leaving.caller.sp;
    bool leaves = ends_process && leaving_tid == self->tid && end > self->stack_pointer &&
                  end - self->stack_pointer < NEAR_BYTES;
    if (leaves) {
        self->stack_pointer = end;
        self->context = NULL;
        memcpy(self->saved.values, leaving.values, sizeof leaving.values);
    } else if (interrupted) {
        memset(self->saved.values, 0, sizeof self->saved.values);
    }
    atomic_store(&self->state, SNAPSHOT_THREAD_STOPPED);
}

/* Debuggers would take a child without SIGCHLD for a new thread. */
static long clone_like_fork(void)
{
    return syscall(SYS_clone, (unsigned long)CLONE_UNTRACED, 0ul, 0ul, 0ul, 0ul);
}

/* Stop, fork, go on: what happens between is the pause that the program sees. */
static long fork_snapshot(struct snapshot *snapshot, const ucontext_t *interrupted,
                          const struct saved_registers *saved)
{
    struct thread_stop stop;
    struct recording_snapshot *record = snapshot->record;
    bool at_end = snapshot->ends_process || snapshot->reason == RECORDING_AT_PYTHON_END;
    thread_stop_all(&stop, snapshot_options.quiet, at_end);
    list_self(&stop, interrupted, saved, snapshot->ends_process);
    snapshot->threads = stop.threads;
    snapshot->thread_count = stop.count;
    freed_blocks_start(snapshot->ends_process ? snapshot->number : 0);
    unforked_pages_save();
    changed_pages_note();
    long child = clone_like_fork();
    if (child == 0)
        heap_scan(snapshot);
    int failure = errno;
    if (child > 0) /* before anybody can wait for it */
        __atomic_store_n(&recording_header->snapshot_child, (uint64_t)child, __ATOMIC_RELEASE);
    thread_stop_release(&stop);
    unforked_pages_release();
    record->pause_ns = clock_ns() - stop.started_ns;
    record->threads = (uint32_t)stop.count;
    record->threads_missing = (uint32_t)stop.unknown;
    errno = failure;
    return child;
}

/* A child that has nothing but what it was born with: there is nothing to look for. */
static struct snapshot_result write_no_blocks(const struct snapshot_wish *wish)
{
    struct snapshot_result result = {.failure = RECORDING_SNAPSHOT_FULL};
    struct recording_snapshot *record = record_new(wish, &result.number);
    struct scan_stream roots = {.type = RECORDING_CHUNK_ROOTS, .snapshot = result.number};
    if (!record)
        return result;
    result.record_offset = recording_offset(record);
    scan_stream_number(&roots, 0);
    if (!scan_stream_finish(&roots)) {
        record_failure(record, result.failure, 0);
        return result;
    }
    record->threads = 1;
    record->graph_bytes = roots.file_bytes;
    __atomic_store_n(&record->state, RECORDING_SNAPSHOT_COMPLETE, __ATOMIC_RELEASE);
    result.failure = RECORDING_CHECKED;
    return result;
}

static struct snapshot_result take(const struct snapshot_wish *wish,
                                   const struct saved_registers *saved)
{
    struct snapshot_result result = {.failure = RECORDING_SNAPSHOT_FULL};
    struct snapshot snapshot = {.reason = wish->reason, .ends_process = atomic_load(&is_last)};
    bool is_at_end = snapshot.ends_process || wish->reason == RECORDING_AT_PYTHON_END;
    if (leaves_out_inherited(wish->reason) && live_blocks_count_own() == 0)
        return write_no_blocks(wish);
    uint64_t limit_ns = is_at_end ? 0 : snapshot_options.max_pause_ns;
    uint64_t expected_ns = pause_estimate_ns(limit_ns);
    if (limit_ns && expected_ns > limit_ns)
        return refuse(wish, expected_ns);
    snapshot.record = thread_stop_prepare() ? record_new(wish, &snapshot.number) : NULL;
    if (!snapshot.record)
        return result;
    snapshot.record->expected_pause_ns = expected_ns;
    snapshot.record->pause_limit_ns = limit_ns;
    result.number = snapshot.number;
    result.record_offset = recording_offset(snapshot.record);
    long child = fork_snapshot(&snapshot, wish->interrupted, saved);
    if (child > 0) {
        child_record = snapshot.record;
        refused_record = NULL;
        result.failure = RECORDING_CHECKED;
        pause_estimate_learn(snapshot.record->pause_ns);
    } else {
        result.failure = RECORDING_SNAPSHOT_FORK;
        result.failure_detail = errno;
        record_failure(snapshot.record, result.failure, result.failure_detail);
    }
    return result;
}

struct snapshot_result snapshot_take(const struct snapshot_wish *wish)
{
    struct saved_registers saved = SAVED_REGISTERS_OF_CALLER();
    struct snapshot_result result = {.failure = RECORDING_SNAPSHOT_BUSY};
    int saved_errno = errno;
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    if (!child_runs())
        result = take(wish, &saved);
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = saved_errno;
    return result;
}

/* --- the last one --- */

static bool fail(enum recording_unchecked why, int detail)
{
    recording_header->unchecked = why;
    recording_header->unchecked_detail = detail;
    return false;
}

static bool wait_for_graph(uint64_t record_offset)
{
    const struct recording_snapshot *record = recording_address(record_offset, sizeof *record);
    bool done = wait_for_child();
    if (record &&
        __atomic_load_n(&record->state, __ATOMIC_ACQUIRE) == RECORDING_SNAPSHOT_COMPLETE) {
        recording_header->unchecked = RECORDING_CHECKED;
        return true;
    }
    if (!done || !record)
        return fail(RECORDING_SNAPSHOT_TIMEOUT, 0);
    return fail(record->failure, record->failure_detail);
}

bool snapshot_take_last(enum recording_snapshot_reason reason, const ucontext_t *interrupted)
{
    if (!snapshot_begin(true))
        return false;
    atomic_store(&is_last, 1);
    recording_header->unchecked = RECORDING_NO_SNAPSHOT;
    struct snapshot_result result =
        snapshot_take(&(struct snapshot_wish){reason, NULL, interrupted});
    bool done = result.failure == RECORDING_CHECKED ? wait_for_graph(result.record_offset)
                                                    : fail(result.failure, result.failure_detail);
    snapshot_end();
    return done;
}

void snapshot_was_not_last(void)
{
    atomic_store(&is_last, 0);
    leaving_tid = 0;
}
