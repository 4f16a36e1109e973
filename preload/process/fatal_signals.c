/* SPDX-License-Identifier: MIT */
#include "preload/process/fatal_signals.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/hooks/hooks.h"
#include "preload/base/real_sigaction.h"
#include "preload/snapshot/our_signal.h"
#include "preload/process/process.h"
#include "preload/hooks/python_end.h"

static const int fatal[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
                            SIGSEGV, SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGXFSZ, SIGSYS};

static bool started;
/* The first process of a pid namespace ignores what it leaves at the default; a handler would end
   that. Only what an instruction of its own causes is fatal to it. */
static bool spares_init;
/* What the program last asked for together with SIG_DFL: it may ask for it back. */
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

/* The faulting instruction runs again and faults again, now with the default action; a signal that
   was sent is sent again, and arrives when this handler returns. */
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
    if (getpid() == 1 && info->si_code <= 0)
        return; /* somebody sent it, and natively nothing would have happened */
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

static bool is_ours(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == on_fatal_signal;
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

/* To the program the signal that we use is at its default, and when it wants it, it gets it. */
static bool keeps_ours(int number, const struct sigaction *action)
{
    if (!started || !number || number != our_signal_number())
        return false;
    if (action && action->sa_handler == SIG_DFL)
        return true;
    if (action)
        our_signal_give_up(number);
    return false;
}

HOOK int sigaction(int number, const struct sigaction *action, struct sigaction *before)
{
    struct sigaction was;
    python_end_note();
    if (keeps_ours(number, action)) {
        if (before)
            *before = (struct sigaction){.sa_handler = SIG_DFL};
        return 0;
    }
    bool wanted = action && started && is_fatal(number) && action->sa_handler == SIG_DFL;
    struct sigaction asked = wanted ? *action : (struct sigaction){0};
    int failure = real_sigaction(number, action, &was);
    if (failure)
        return failure;
    if (before) {
        *before = was;
        if (is_ours(&was))
            *before = defaults[number];
        else if (our_signal_is(&was))
            *before = (struct sigaction){.sa_handler = SIG_DFL};
    }
    if (wanted) {
        defaults[number] = asked;
        take_over(number);
    }
    return 0;
}

typedef void handler(int);

/* signal and its relatives differ in flags that only they know: let them work, then mend both ends.
 */
static handler *replace(const char *name, handler *(*volatile *real)(int, handler *), int number,
                        handler *wanted)
{
    if (!*real)
        *real = (handler * (*)(int, handler *)) hooks_next(name);
    if (keeps_ours(number, &(struct sigaction){.sa_handler = wanted}))
        return SIG_DFL;
    handler *before = (*real)(number, wanted);
    struct sigaction was = {.sa_flags = SA_SIGINFO};
    was.sa_handler = before;
    if (before == (handler *)(void *)on_fatal_signal || our_signal_is(&was))
        before = SIG_DFL;
    if (wanted == SIG_DFL && before != SIG_ERR && started && is_fatal(number)) {
        memset(&defaults[number], 0, sizeof defaults[number]);
        take_over(number);
    }
    return before;
}

#define SIGNAL_HOOK(name)                                                                          \
    HOOK handler *name(int number, handler *wanted);                                               \
    HOOK handler *name(int number, handler *wanted)                                                \
    {                                                                                              \
        static handler *(*volatile real)(int, handler *);                                          \
        return replace(#name, &real, number, wanted);                                              \
    }

SIGNAL_HOOK(signal)
SIGNAL_HOOK(bsd_signal)
SIGNAL_HOOK(ssignal)
SIGNAL_HOOK(sysv_signal)
SIGNAL_HOOK(__sysv_signal)
SIGNAL_HOOK(sigset)
