/* SPDX-License-Identifier: MIT */
#include "preload/process/process_end.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "preload/base/clock.h"
#include "preload/blocks/counters.h"
#include "preload/blocks/freed_blocks.h"
#include "preload/recording/recording_writer.h"
#include "preload/recording/threads.h"
#include "preload/snapshot/snapshot.h"

/* The thread that ends the process, pid << 32 | tid; 0: none does. A forked child sees its
 * parent's. */
static _Atomic uint64_t ending;

/* Another thread may end it too, or die: without us the first would be through by then. */
static void begin(void)
{
    uint64_t pid = (uint64_t)getpid(), self = pid << 32 | (uint32_t)syscall(SYS_gettid);
    const struct timespec pause = {0, 1000000};
    for (uint64_t other; (other = atomic_load(&ending)) != self;) {
        if (other >> 32 == pid)
            syscall(SYS_nanosleep, &pause, NULL);
        else
            atomic_compare_exchange_strong(&ending, &other, self);
    }
}

/* What would be too late without us: not faults, nor job control, nor what the program holds back
   itself. */
static void hold_signals(const ucontext_t *interrupted, sigset_t *held, sigset_t *before)
{
    static const int others[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS,  SIGFPE,  SIGSEGV,
                                 SIGSYS, SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU};
    sigfillset(held);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        sigdelset(held, others[i]);
    pthread_sigmask(SIG_BLOCK, held, before);
    const sigset_t *own = interrupted ? &interrupted->uc_sigmask : before;
    for (int number = 1; number < NSIG; number++)
        if (sigismember(own, number) == 1)
            sigdelset(held, number);
}

/* They came while the graph was written: they must change neither how the process ends nor the time
   after. */
static void discard_signals(const sigset_t *held, const sigset_t *before)
{
    while (sigtimedwait(held, NULL, &(struct timespec){0, 0}) > 0)
        ;
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

static void take_last_graph(enum recording_ended ended, const ucontext_t *interrupted)
{
    static const enum recording_snapshot_reason reasons[] = {
        [RECORDING_EXIT] = RECORDING_AT_EXIT,
        [RECORDING_SIGNAL] = RECORDING_AT_SIGNAL,
        [RECORDING_EXEC] = RECORDING_AT_EXEC,
    };
    sigset_t held, before;
    int saved_errno = errno;
    if (ended != RECORDING_EXEC)
        hold_signals(interrupted, &held, &before);
    snapshot_take_last(reasons[ended], interrupted);
    if (ended != RECORDING_EXEC)
        discard_signals(&held, &before);
    errno = saved_errno;
}

void process_ends(enum recording_ended ended, int status, void *signal_context)
{
    begin();
    struct thread *thread = threads_self();
    if (thread)
        counters_settle(thread);
    take_last_graph(ended, signal_context);
    recording_header->status = status;
    recording_header->ended_ns = clock_ns();
    __atomic_store_n(&recording_header->ended, (uint32_t)ended, __ATOMIC_RELEASE);
    if (recording_header->inherited_blocks && threads_count() == 1)
        recording_give_back_zeros();
}

void process_goes_on(void)
{
    recording_header->ended = RECORDING_RUNNING;
    recording_header->status = 0;
    recording_header->unchecked = RECORDING_NO_SNAPSHOT;
    freed_blocks_start(0);
    snapshot_was_not_last();
    atomic_store(&ending, 0);
}

static int exit_status;

void process_note_exit_status(int status)
{
    exit_status = status;
}

static void note_exit_status(int status, void *unused)
{
    (void)unused;
    exit_status = status & 0xff;
}

void process_main_begins(void)
{
    on_exit(note_exit_status, NULL);
}

int process_exit_status(void)
{
    return exit_status;
}
