/* SPDX-License-Identifier: MIT */
#include "preload/process/fatal_signals.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/base/private_memory.h"
#include "preload/base/real_sigaction.h"
#include "preload/process/process_end.h"
#include "preload/recording/process_mark.h"

static const int fatal[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
                            SIGSEGV, SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGXFSZ, SIGSYS};

static bool started;
/* Pid 1 of a namespace ignores signals that are at their default, except faults of its own. With
   our handler it would no longer ignore them. */
static bool spares_init;
/* The flags and mask that the program last set together with SIG_DFL: it may read them back. */
static struct sigaction defaults[NSIG];

static bool is_fatal(int number)
{
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        if (fatal[i] == number)
            return true;
    return false;
}

static bool is_fault(int number, const siginfo_t *info)
{
    return info->si_code > 0 && info->si_code != SI_KERNEL &&
           (number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL);
}

/* A faulting instruction runs again and faults again, now with the default action. Any other signal
   is sent again, and arrives when this handler returns. */
static void die_as_before(int number, siginfo_t *info)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    real_sigaction(number, &action, NULL);
    if (!is_fault(number, info))
        syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), number, info);
}

static void on_fatal_signal(int number, siginfo_t *info, void *context)
{
    int saved_errno = errno;
    if (number == SIGBUS && info->si_code > 0 && private_memory_repair((uintptr_t)info->si_addr)) {
        process_mark_give_up();
        errno = saved_errno;
        return;
    }
    if (getpid() == 1 && info->si_code <= 0)
        return; /* sent by a process: without us it would be ignored */
    if (process_is_itself())
        process_ends(RECORDING_SIGNAL, number, context);
    die_as_before(number, info);
    errno = saved_errno;
}

static int take_over(int number)
{
    bool can_be_a_fault =
        number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL;
    if (!can_be_a_fault && getpid() == 1) {
        spares_init = true;
        return 0;
    }
    struct sigaction action = {.sa_sigaction = on_fatal_signal,
                               .sa_flags = SA_SIGINFO | SA_RESTART};
    sigfillset(&action.sa_mask);
    return real_sigaction(number, &action, NULL);
}

bool fatal_signals_is_ours(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == on_fatal_signal;
}

bool fatal_signals_wants(int number, void (*wanted)(int))
{
    return wanted == SIG_DFL && started && is_fatal(number);
}

void fatal_signals_take_over(int number, const struct sigaction *asked)
{
    defaults[number] = *asked;
    take_over(number);
}

const struct sigaction *fatal_signals_default(int number)
{
    return &defaults[number];
}

void fatal_signals_start(void)
{
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++) {
        struct sigaction action;
        if (real_sigaction(fatal[i], NULL, &action) == 0 && action.sa_handler == SIG_DFL)
            take_over(fatal[i]);
    }
    started = true;
}

void fatal_signals_restart_after_fork(void)
{
    if (spares_init)
        fatal_signals_start();
    spares_init = false;
}
