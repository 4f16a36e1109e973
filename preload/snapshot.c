/* SPDX-License-Identifier: MIT */
#include "preload/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload/clock.h"
#include "preload/counters.h"
#include "preload/fatal_signals.h"
#include "preload/freed_blocks.h"
#include "preload/heap_scan.h"
#include "preload/modules.h"
#include "preload/private_memory.h"
#include "preload/proc_file.h"
#include "preload/recording_writer.h"

enum { NEAR_BYTES = 16 << 20 }; /* on the same stack, not a signal's or a coroutine's */
/* A thread that does not answer in time is scanned as far as the kernel tells. */
enum { STOP_DEADLINE_NS = 50 * 1000 * 1000, RED_ZONE_BYTES = 128 };
/* How long the end of a process waits for its graph; the child goes on without it. */
#define WAIT_LIMIT_NS (120ull * 1000000000u)

static _Atomic int busy;
static struct snapshot_thread *stopped; /* SNAPSHOT_MAX_THREADS of them */
static size_t stopped_count;
static _Atomic int generation, released, acknowledged;
static int stop_signal;
static uintptr_t dead_below;
static int32_t dead_below_tid;

static long futex(_Atomic int *word, int operation, int value, const struct timespec *timeout)
{
    return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, timeout, NULL, 0);
}

void snapshot_stack_ends_at(uintptr_t stack_pointer)
{
    dead_below = stack_pointer;
    dead_below_tid = (int32_t)syscall(SYS_gettid);
}

/*
 * Some system calls return EINTR after any handler, whatever SA_RESTART says (poll, nanosleep, ...). The
 * program must not see that: step back onto the syscall instruction. The kernel told us the number
 * before we sent the signal.
 */
static void restart_system_call(const struct snapshot_thread *thread, ucontext_t *context)
{
#if defined(__x86_64__)
    greg_t *registers = context->uc_mcontext.gregs;
    const unsigned char *next = (const unsigned char *)registers[REG_RIP];
    bool was_in_it = thread->blocked_in >= 0 && thread->blocked_in != SYS_restart_syscall &&
                     thread->blocked_pc == (uintptr_t)next;
    if (was_in_it && registers[REG_RAX] == -EINTR && next[-2] == 0x0f && next[-1] == 0x05) {
        registers[REG_RAX] = thread->blocked_in;
        registers[REG_RIP] -= 2;
    }
#else
    (void)thread;
    (void)context;
#endif
}

static uintptr_t context_stack_pointer(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (uintptr_t)context->uc_mcontext.gregs[REG_RSP] - RED_ZONE_BYTES;
#elif defined(__aarch64__)
    return context->uc_mcontext.sp;
#endif
}

static void wait_for_release(int mine)
{
    int now;
    while ((now = atomic_load(&released)) < mine)
        futex(&released, FUTEX_WAIT, now, NULL);
}

/* The value of a stop signal: generation << 12 | index of the thread. */
static void on_stop(int signal_number, siginfo_t *info, void *context)
{
    (void)signal_number;
    int mine = info->si_value.sival_int >> 12, index = info->si_value.sival_int & 4095;
    if (mine != atomic_load(&generation) || atomic_load(&released) >= mine)
        return;
    struct thread *self = threads_current;
    if (self && self->moving) {
        self->stop_pending = info->si_value.sival_int | 1 << 30;
        return;
    }
    int saved_errno = errno;
    struct snapshot_thread *thread = &stopped[index];
    thread->context = context;
    thread->stack_pointer = context_stack_pointer(context);
    thread->thread_pointer = (uintptr_t)__builtin_thread_pointer();
    atomic_store(&thread->state, SNAPSHOT_THREAD_STOPPED);
    atomic_fetch_add(&acknowledged, 1);
    futex(&acknowledged, FUTEX_WAKE, 1, NULL);
    wait_for_release(mine);
    restart_system_call(thread, context);
    errno = saved_errno;
}

static bool send_stop(int32_t tid, int value)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = stop_signal;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_int = value;
    return syscall(SYS_rt_tgsigqueueinfo, getpid(), tid, stop_signal, &info) == 0;
}

void snapshot_answer_pending(struct thread *thread)
{
    int value = thread->stop_pending & ~(1 << 30), saved_errno = errno;
    thread->stop_pending = 0;
    send_stop(thread->tid, value);
    errno = saved_errno;
}

/* What the kernel tells of a thread: is it a zombie, where does it sleep? */
static void ask_kernel(struct snapshot_thread *thread)
{
    char text[512];
    thread->blocked_in = -1;
    char *stat = proc_file_read_of_thread(thread->tid, "stat", text, sizeof text);
    const char *after_name = stat ? strrchr(stat, ')') : NULL;
    if (after_name && (after_name[2] == 'Z' || after_name[2] == 'X')) {
        atomic_store(&thread->state, SNAPSHOT_THREAD_DEAD);
        return;
    }
    uintptr_t fields[9];
    if (!proc_file_read_of_thread(thread->tid, "syscall", text, sizeof text) ||
        proc_file_numbers(text, fields, 9) != 9)
        return;
    thread->blocked_in = (long)fields[0];
    thread->stack_pointer = fields[7] - RED_ZONE_BYTES;
    thread->blocked_pc = fields[8];
}

static bool is_listed(int32_t tid)
{
    for (size_t i = 0; i < stopped_count; i++)
        if (stopped[i].tid == tid)
            return true;
    return false;
}

/* Asks every thread that was not asked yet; returns how many signals were sent. */
static int ask_new_threads(int32_t self, int mine)
{
    int sent = 0;
    struct proc_tasks tasks;
    if (!proc_tasks_open(&tasks))
        return 0;
    for (int32_t tid; (tid = proc_tasks_next(&tasks)) != 0;) {
        if (tid == self || is_listed(tid) || stopped_count >= SNAPSHOT_MAX_THREADS - 1)
            continue;
        struct snapshot_thread *thread = &stopped[stopped_count];
        memset(thread, 0, sizeof *thread);
        thread->tid = tid;
        ask_kernel(thread);
        int value = mine << 12 | (int)stopped_count++;
        if (atomic_load(&thread->state) != SNAPSHOT_THREAD_DEAD && send_stop(tid, value))
            sent++;
    }
    proc_tasks_close(&tasks);
    return sent;
}

static void wait_for_answers(int expected)
{
    uint64_t deadline = clock_ns() + STOP_DEADLINE_NS;
    int now;
    while ((now = atomic_load(&acknowledged)) < expected && clock_ns() < deadline) {
        struct timespec slice = {0, 2000000};
        futex(&acknowledged, FUTEX_WAIT, now, &slice);
    }
}

static uint32_t settle_missing(void)
{
    uint32_t missing = 0;
    for (size_t i = 0; i < stopped_count; i++) {
        int asked = SNAPSHOT_THREAD_ASKED;
        int known = stopped[i].blocked_in >= 0 ? SNAPSHOT_THREAD_BLOCKED : SNAPSHOT_THREAD_UNKNOWN;
        missing += atomic_compare_exchange_strong(&stopped[i].state, &asked, known);
    }
    return missing;
}

static int unused_signal(void)
{
    for (int number = SIGRTMAX - 3; number > SIGRTMIN + 2; number--) {
        struct sigaction action;
        if (fatal_signals_real_action(number, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
            return number;
    }
    return 0;
}

/* New threads may appear while we ask: look again until none is new. Returns those that did not answer. */
static uint32_t stop_threads(int32_t self, struct sigaction *before)
{
    int mine = atomic_load(&generation) + 1, sent = 0;
    stopped_count = 0;
    stop_signal = unused_signal();
    struct sigaction action = {.sa_sigaction = on_stop, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigfillset(&action.sa_mask);
    if (stop_signal)
        fatal_signals_real_action(stop_signal, &action, before);
    atomic_store(&acknowledged, 0);
    atomic_store(&generation, mine);
    for (int round = 0; round < 20; round++) {
        int more = ask_new_threads(self, mine);
        sent += more;
        wait_for_answers(sent);
        if (!more)
            break;
    }
    return settle_missing();
}

static void release_threads(const struct sigaction *before)
{
    atomic_store(&released, atomic_load(&generation));
    futex(&released, FUTEX_WAKE, 1 << 30, NULL);
    /* A thread that has not taken its signal yet must still find our handler; it returns at once. */
    for (size_t i = 0; i < stopped_count; i++)
        if (atomic_load(&stopped[i].state) != SNAPSHOT_THREAD_STOPPED)
            return;
    if (stop_signal && stopped_count)
        fatal_signals_real_action(stop_signal, before, NULL);
}

/* The thread that takes the snapshot is the last of the list. */
static void list_self(const ucontext_t *interrupted, const uintptr_t *saved, size_t saved_count)
{
    struct snapshot_thread *self = &stopped[stopped_count];
    memset(self, 0, sizeof *self);
    self->tid = (int32_t)syscall(SYS_gettid);
    self->thread_pointer = (uintptr_t)__builtin_thread_pointer();
    self->context = interrupted;
    self->stack_pointer =
        interrupted ? context_stack_pointer(interrupted) : (uintptr_t)__builtin_frame_address(0);
    /* A call that never returns: no register and nothing below it is needed any more. */
    bool leaves = dead_below_tid == self->tid && dead_below > self->stack_pointer &&
                  dead_below - self->stack_pointer < NEAR_BYTES;
    if (leaves) {
        self->stack_pointer = dead_below;
        self->context = NULL;
    } else if (!interrupted) {
        memcpy(self->saved, saved, saved_count * sizeof *saved);
    }
    atomic_store(&self->state, SNAPSHOT_THREAD_STOPPED);
    stopped_count++;
}

static long clone_like_fork(void)
{
    return syscall(SYS_clone, 0ul, 0ul, 0ul, 0ul, 0ul);
}

/* No SIGCHLD is sent for this child and only __WALL finds it: the program never sees it. */
static bool wait_for_child(long child)
{
    int status = 0;
    uint64_t deadline = clock_ns() + WAIT_LIMIT_NS;
    struct timespec pause = {0, 50000};
    for (;;) {
        long done = syscall(SYS_wait4, child, &status, __WALL | WNOHANG, NULL);
        if (done == child || (done < 0 && errno == ECHILD))
            break;
        if (clock_ns() > deadline)
            return false;
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 5000000)
            pause.tv_nsec += pause.tv_nsec / 4;
    }
    recording_header->snapshot_child = 0;
    if (status == 0)
        return recording_header->unchecked == RECORDING_CHECKED;
    if (recording_header->unchecked == RECORDING_NO_SNAPSHOT) {
        recording_header->unchecked = RECORDING_SNAPSHOT_DIED;
        recording_header->unchecked_detail = status;
    }
    return false;
}

static struct recording_snapshot *record_new(uint64_t number, enum recording_snapshot_reason reason)
{
    struct recording_chunk *chunk = recording_chunk_new(RECORDING_CHUNK_SNAPSHOT, number, 0, 0,
                                                        sizeof(struct recording_snapshot));
    if (!chunk)
        return NULL;
    struct recording_snapshot *record = recording_chunk_payload(chunk);
    record->reason = reason;
    record->time_ns = clock_ns();
    record->state = RECORDING_SNAPSHOT_WRITING;
    __atomic_store_n(&chunk->used, sizeof *record, __ATOMIC_RELEASE);
    return record;
}

static bool fail(enum recording_unchecked why, int detail)
{
    recording_header->unchecked = why;
    recording_header->unchecked_detail = detail;
    return false;
}

static bool prepare(struct snapshot *snapshot, enum recording_snapshot_reason reason)
{
    if (!stopped)
        stopped = private_memory_map(SNAPSHOT_MAX_THREADS * sizeof *stopped);
    snapshot->number = recording_header->snapshot_count + 1;
    snapshot->reason = reason;
    snapshot->record = stopped ? record_new(snapshot->number, reason) : NULL;
    return snapshot->record != NULL;
}

/* Stop, fork, go on: what happens between is the pause that the program sees. */
static long fork_snapshot(struct snapshot *snapshot, const ucontext_t *interrupted,
                          const uintptr_t *saved, size_t saved_count)
{
    struct sigaction before;
    uint64_t start_ns = clock_ns();
    uint32_t missing = stop_threads((int32_t)syscall(SYS_gettid), &before);
    list_self(interrupted, saved, saved_count);
    snapshot->threads = stopped;
    snapshot->thread_count = stopped_count;
    recording_header->snapshot_count = snapshot->number;
    recording_header->unchecked = RECORDING_NO_SNAPSHOT;
    freed_blocks_start(snapshot->number);
    long child = clone_like_fork();
    if (child == 0)
        heap_scan(snapshot);
    int failure = errno;
    stopped_count--; /* this thread needs no release */
    release_threads(&before);
    snapshot->record->threads = (uint32_t)snapshot->thread_count;
    snapshot->record->threads_missing = missing;
    snapshot->record->pause_ns = clock_ns() - start_ns;
    errno = failure;
    return child;
}

bool snapshot_take(enum recording_snapshot_reason reason, const ucontext_t *interrupted)
{
    uintptr_t saved[8] = {0};
#if defined(__x86_64__)
    __asm__ volatile("movq %%rbx, 0(%0)\n\tmovq %%r12, 8(%0)\n\tmovq %%r13, 16(%0)\n\t"
                     "movq %%r14, 24(%0)\n\tmovq %%r15, 32(%0)\n\tmovq (%%rbp), %%rcx\n\t"
                     "movq %%rcx, 40(%0)"
                     :
                     : "r"(saved)
                     : "memory", "rcx");
#endif
    struct snapshot snapshot = {.ends_process = reason != RECORDING_AT_REQUEST};
    if (!recording_is_open() || atomic_exchange(&busy, 1))
        return false;
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    bool done = false;
    if (!prepare(&snapshot, reason)) {
        fail(RECORDING_SNAPSHOT_FULL, 0);
    } else {
        long child = fork_snapshot(&snapshot, interrupted, saved, sizeof saved / sizeof *saved);
        if (child > 0) {
            recording_header->snapshot_child = (uint64_t)child;
            done = wait_for_child(child);
        } else {
            fail(RECORDING_SNAPSHOT_FORK, errno);
        }
    }
    atomic_store(&busy, 0);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return done;
}
