/* SPDX-License-Identifier: MIT */
#include "preload/snapshot/thread_stop.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "preload/base/clock.h"
#include "preload/arch/machine.h"
#include "preload/snapshot/interrupted_call.h"
#include "preload/snapshot/our_signal.h"
#include "preload/snapshot/urgency.h"
#include "preload/base/private_memory.h"
#include "preload/base/proc_file.h"
#include "preload/recording/snapshot_options.h"
#include "preload/recording/threads.h"

/* A thread that does not answer in time is scanned as far as the kernel tells. */
enum {
    STOP_DEADLINE_NS = 50 * 1000 * 1000,
    LAST_DEADLINE_NS = 1000 * 1000 * 1000,
    ROUND_LIMIT = 20
};
/* A stop signal's value: generation << INDEX_BITS | index of the thread in the list. */
enum { INDEX_BITS = 12, INDEX_MASK = SNAPSHOT_MAX_THREADS - 1, GENERATION_MASK = 0x3ffff };

static struct snapshot_thread *listed; /* SNAPSHOT_MAX_THREADS of them */
static size_t listed_count;
static _Atomic int generation, released, acknowledged;

static long futex(_Atomic int *word, int operation, int value, const struct timespec *timeout)
{
    return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, timeout, NULL, 0);
}

uintptr_t thread_stop_stack_pointer(const ucontext_t *context)
{
    return (uintptr_t)machine_context_registers(context)[MACHINE_CONTEXT_SP] -
           MACHINE_RED_ZONE_BYTES;
}

/* --- in the thread that is stopped --- */

/* Generations only grow: who wakes late, after the next stop began, must not wait for that. */
static void wait_for_release(int mine)
{
    int now;
    while ((now = atomic_load(&released)) < mine)
        futex(&released, FUTEX_WAIT, now, NULL);
}

/* The deferred answer: a realloc is at work, and its block is in two places or in none. */
static bool put_off(int value)
{
    struct thread *self = threads_current;
    if (!self->moving)
        return false;
    self->stop_pending = value;
    return true;
}

/* Its context stays valid: it is in the handler until the release. */
static void stand_still(struct snapshot_thread *thread, const ucontext_t *context, int mine)
{
    thread->context = context;
    if (!(context->uc_stack.ss_flags & SS_DISABLE))
        thread->alternate_stack = (uintptr_t)context->uc_stack.ss_sp;
    thread->stack_pointer = thread_stop_stack_pointer(context);
    thread->thread_pointer = (uintptr_t)__builtin_thread_pointer();
    atomic_store(&thread->state, SNAPSHOT_THREAD_STOPPED);
    atomic_fetch_add(&acknowledged, 1);
    futex(&acknowledged, FUTEX_WAKE, 1, NULL);
    wait_for_release(mine);
}

void thread_stop_answer(int value, ucontext_t *context)
{
    int now = atomic_load(&generation);
    bool is_late = value >> INDEX_BITS != (now & GENERATION_MASK) || atomic_load(&released) >= now;
    long blocked_in = -1;
    uintptr_t blocked_pc = 0;
    if (!is_late && put_off(value))
        return;
    if (!is_late) {
        struct snapshot_thread *thread = &listed[value & INDEX_MASK];
        blocked_in = thread->blocked_in;
        blocked_pc = thread->blocked_pc;
        stand_still(thread, context, now);
    }
    interrupted_call_resume(context, blocked_in, blocked_pc, our_signal_number());
}

void thread_stop_ask_again(int32_t tid, int value)
{
    our_signal_send(tid, value);
}

/* --- in the thread that stops them --- */

/* Fields of /proc/self/task/TID/stat, proc(5): the first behind the state, and the blocked standard
 * signals. */
enum { STAT_PPID = 4, STAT_BLOCKED = 32, STAT_FIELDS = STAT_BLOCKED - STAT_PPID + 1 };

/* A zombie has no stack; who blocks every signal it can would only find ours much later. */
static void ask_state(struct snapshot_thread *thread)
{
    char text[1024];
    uintptr_t fields[STAT_FIELDS];
    const char *state =
        proc_file_stat_fields(proc_file_read_of_thread(thread->tid, "stat", text, sizeof text));
    if (!state)
        return;
    if (*state == 'Z' || *state == 'X')
        atomic_store(&thread->state, SNAPSHOT_THREAD_DEAD);
    else if (proc_file_numbers(state + 2, fields, STAT_FIELDS) == STAT_FIELDS &&
             fields[STAT_BLOCKED - STAT_PPID])
        thread->blocks_signals = our_signal_is_blocked_by(thread->tid);
}

/* Where does it sleep? Not readable for a process that may not be traced, nothing told of one that
 * runs. */
static void ask_place(struct snapshot_thread *thread)
{
    char text[256];
    uintptr_t fields[9];
    thread->blocked_in = -1;
    thread->stack_pointer = 0;
    if (!proc_file_read_of_thread(thread->tid, "syscall", text, sizeof text))
        return;
    size_t count = proc_file_numbers(text, fields, 9);
    if (count < 3 || ((long)fields[0] >= 0 && count != 9))
        return;
    thread->blocked_in = (long)fields[0];
    thread->blocked_pc = fields[count - 1];
    thread->stack_pointer = fields[count - 2] - MACHINE_RED_ZONE_BYTES;
    if (count == 9)
        memcpy(thread->arguments, &fields[1], sizeof thread->arguments);
}

static bool is_listed(int32_t tid)
{
    for (size_t i = 0; i < listed_count; i++)
        if (listed[i].tid == tid)
            return true;
    return false;
}

/* Lists every thread that is new; returns how many. What takes long is asked before anyone is
 * stopped. */
static size_t list_new_threads(int32_t self)
{
    struct proc_tasks tasks;
    size_t before = listed_count;
    if (!proc_tasks_open(&tasks))
        return 0;
    for (int32_t tid; (tid = proc_tasks_next(&tasks)) != 0;) {
        if (tid == self || is_listed(tid) || listed_count >= SNAPSHOT_MAX_THREADS - 1)
            continue;
        struct snapshot_thread *thread = &listed[listed_count++];
        memset(thread, 0, sizeof *thread);
        thread->tid = tid;
        ask_state(thread);
        ask_place(thread);
    }
    proc_tasks_close(&tasks);
    return listed_count - before;
}

/* rt_sigtimedwait would take our signal for the program. */
static bool can_be_stopped(const struct snapshot_thread *thread)
{
    return atomic_load(&thread->state) == SNAPSHOT_THREAD_ASKED && !thread->blocks_signals &&
           thread->blocked_in != SYS_rt_sigtimedwait;
}

static int ask_to_stop(size_t first, int mine)
{
    int sent = 0;
    for (size_t i = first; i < listed_count; i++)
        if (can_be_stopped(&listed[i]) &&
            our_signal_send(listed[i].tid, (mine & GENERATION_MASK) << INDEX_BITS | (int)i))
            sent++;
    return sent;
}

/* A thread at its end blocks signals, and takes ours with it. */
static int count_gone(void)
{
    int gone = 0, pid = (int)getpid();
    for (size_t i = 0; i < listed_count; i++) {
        int asked = SNAPSHOT_THREAD_ASKED;
        gone += can_be_stopped(&listed[i]) && syscall(SYS_tgkill, pid, listed[i].tid, 0) != 0 &&
                atomic_compare_exchange_strong(&listed[i].state, &asked, SNAPSHOT_THREAD_DEAD);
    }
    return gone;
}

/* Returns how many of the expected will never come. */
static int wait_for_answers(int expected, uint64_t deadline_ns)
{
    int now, gone = 0;
    while ((now = atomic_load(&acknowledged)) < expected - gone && clock_ns() < deadline_ns) {
        struct timespec slice = {0, 2000000};
        if (futex(&acknowledged, FUTEX_WAIT, now, &slice) != 0)
            gone += count_gone();
    }
    return gone;
}

/* On a busy machine a thread may have to wait for a processor. At the end that costs the program
 * nothing. */
static uint64_t patience_ns(bool at_end)
{
    uint64_t limit_ns = snapshot_options.max_pause_ns;
    if (at_end)
        return LAST_DEADLINE_NS;
    return limit_ns && limit_ns < STOP_DEADLINE_NS ? limit_ns : STOP_DEADLINE_NS;
}

/* Of those that were not stopped the kernel is asked again: they may have moved since. */
static size_t settle_missing(void)
{
    size_t unknown = 0;
    for (size_t i = 0; i < listed_count; i++) {
        struct snapshot_thread *thread = &listed[i];
        if (atomic_load(&thread->state) != SNAPSHOT_THREAD_ASKED)
            continue;
        struct snapshot_thread now = {.tid = thread->tid};
        ask_place(&now);
        int asked = SNAPSHOT_THREAD_ASKED;
        int known = now.stack_pointer ? SNAPSHOT_THREAD_BLOCKED : SNAPSHOT_THREAD_UNKNOWN;
        if (!atomic_compare_exchange_strong(&thread->state, &asked, known))
            continue; /* it has answered after all */
        thread->stack_pointer = now.stack_pointer;
        thread->blocked_pc = now.blocked_pc;
        memcpy(thread->arguments, now.arguments, sizeof now.arguments);
        unknown += known == SNAPSHOT_THREAD_UNKNOWN;
    }
    return unknown;
}

bool thread_stop_prepare(void)
{
    if (!listed)
        listed = private_memory_map(SNAPSHOT_MAX_THREADS * sizeof *listed);
    return listed != NULL;
}

static int highest_urgency(void)
{
    int highest = 0;
    for (size_t i = 0; i < listed_count; i++) {
        int urgency = urgency_of(listed[i].tid);
        highest = urgency > highest ? urgency : highest;
    }
    return highest;
}

/* New threads may appear while we ask: look again until none is new. */
void thread_stop_all(struct thread_stop *stop, bool quiet, bool at_end)
{
    int32_t self = (int32_t)syscall(SYS_gettid);
    int mine = atomic_load(&generation) + 1, sent = 0;
    listed_count = 0;
    atomic_store(&acknowledged, 0);
    size_t first = 0, more = list_new_threads(self);
    stop->started_ns = clock_ns();
    uint64_t deadline_ns = stop->started_ns + patience_ns(at_end);
    atomic_store(&generation, mine);
    urgency_begin(quiet ? 0 : highest_urgency());
    for (int round = 0; more && !quiet && round < ROUND_LIMIT; round++) {
        sent += ask_to_stop(first, mine);
        sent -= wait_for_answers(sent, deadline_ns);
        first = listed_count;
        more = list_new_threads(self);
    }
    stop->unknown = settle_missing();
    stop->threads = listed;
    stop->count = listed_count;
}

void thread_stop_release(const struct thread_stop *stop)
{
    (void)stop;
    atomic_store(&released, atomic_load(&generation));
    futex(&released, FUTEX_WAKE, INT_MAX, NULL);
    urgency_end();
}
