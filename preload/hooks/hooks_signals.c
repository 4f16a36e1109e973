/* SPDX-License-Identifier: MIT */
/*
 * sigaction and its relatives: where our handlers stand, the program sees the default action, and
 * where it asks for the default, ours take its place again.
 */
#include "preload/hooks/hooks.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "preload/base/real_sigaction.h"
#include "preload/process/fatal_signals.h"
#include "preload/recording/next.h"
#include "preload/snapshot/our_signal.h"

/* To the program the signal that we use is at its default, and when it wants it, it gets it. */
static bool keeps_ours(int number, const struct sigaction *action)
{
    if (!number || number != our_signal_number())
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
    hooks_python_may_end();
    if (keeps_ours(number, action)) {
        if (before)
            *before = (struct sigaction){.sa_handler = SIG_DFL};
        return 0;
    }
    bool wanted = action && fatal_signals_wants(number, action->sa_handler);
    struct sigaction asked = wanted ? *action : (struct sigaction){0};
    int failure = real_sigaction(number, action, &was);
    if (failure)
        return failure;
    if (before) {
        *before = was;
        if (fatal_signals_is_ours(&was))
            *before = *fatal_signals_default(number);
        else if (our_signal_is(&was))
            *before = (struct sigaction){.sa_handler = SIG_DFL};
    }
    if (wanted)
        fatal_signals_take_over(number, &asked);
    return 0;
}

typedef void handler(int);

/* signal and its relatives differ in flags that only they know: let them work, then mend both ends.
 */
static handler *replace(const char *name, handler *(*volatile *real)(int, handler *), int number,
                        handler *wanted)
{
    if (!*real)
        *real = (handler * (*)(int, handler *)) next_definition(name);
    if (keeps_ours(number, &(struct sigaction){.sa_handler = wanted}))
        return SIG_DFL;
    handler *before = (*real)(number, wanted);
    struct sigaction was = {.sa_flags = SA_SIGINFO};
    was.sa_handler = before;
    if (fatal_signals_is_ours(&was) || our_signal_is(&was))
        before = SIG_DFL;
    if (before != SIG_ERR && fatal_signals_wants(number, wanted))
        fatal_signals_take_over(number, &(struct sigaction){.sa_handler = SIG_DFL});
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
