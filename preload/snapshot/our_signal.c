/* SPDX-License-Identifier: MIT */
#include "preload/snapshot/our_signal.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "preload/base/real_sigaction.h"
#include "preload/snapshot/interrupted_call.h"
#include "preload/base/proc_file.h"
#include "preload/recording/recording_writer.h"

static _Atomic int number;
static struct our_signal_callbacks callbacks;

static bool is_stop(const siginfo_t *info)
{
    return info->si_code == SI_QUEUE && info->si_pid == getpid();
}

static bool is_request(const siginfo_t *info)
{
    return info->si_code == SI_QUEUE && info->si_value.sival_int == RECORDING_REQUEST_VALUE;
}

/* Nobody of ours sent it: the default action, which ends the process. */
static void die(int signal_number)
{
    if (getpid() == 1)
        return; /* which nothing happens to */
    struct sigaction action = {.sa_handler = SIG_DFL};
    real_sigaction(signal_number, &action, NULL);
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal_number);
}

static void on_signal(int signal_number, siginfo_t *info, void *context)
{
    int saved_errno = errno;
    if (is_stop(info)) {
        callbacks.stop(info->si_value.sival_int, context);
    } else if (is_request(info)) {
        callbacks.request(context);
        interrupted_call_resume(context, -1, 0, signal_number);
    } else {
        die(signal_number);
    }
    errno = saved_errno;
}

bool our_signal_is(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == on_signal;
}

/* From the top, where few programs have theirs. */
static int take_one(int but)
{
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART},
                     before;
    sigfillset(&action.sa_mask);
    for (int candidate = SIGRTMAX - 3; candidate > SIGRTMIN + 2; candidate--) {
        if (candidate == but || real_sigaction(candidate, NULL, &before) != 0)
            continue;
        if (our_signal_is(&before) ||
            (before.sa_handler == SIG_DFL && real_sigaction(candidate, &action, NULL) == 0))
            return candidate;
    }
    return 0;
}

void our_signal_start(const struct our_signal_callbacks *called)
{
    callbacks = *called;
    our_signal_restart_after_fork();
}

/* A child that was born before our constructor ran starts in its own. */
void our_signal_restart_after_fork(void)
{
    if (!callbacks.stop)
        return;
    int saved_errno = errno;
    atomic_store(&number, take_one(0));
    recording_header->request.signal = (uint32_t)atomic_load(&number);
    errno = saved_errno;
}

int our_signal_number(void)
{
    return atomic_load(&number);
}

void our_signal_give_up(int wanted)
{
    int now = wanted;
    if (!wanted || !atomic_compare_exchange_strong(&number, &now, take_one(wanted)))
        return;
    recording_header->request.signal = (uint32_t)atomic_load(&number);
}

bool our_signal_send(int32_t tid, int value)
{
    siginfo_t info;
    int signal_number = our_signal_number();
    if (!signal_number)
        return false;
    memset(&info, 0, sizeof info);
    info.si_signo = signal_number;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_int = value;
    return syscall(SYS_rt_tgsigqueueinfo, getpid(), tid, signal_number, &info) == 0;
}

/* "SigBlk:\t0000000000000000" in /proc/self/task/TID/status; the last digits are the first signals.
 */
bool our_signal_is_blocked_by(int32_t tid)
{
    char text[4096];
    const char *line = proc_file_read_of_thread(tid, "status", text, sizeof text)
                           ? strstr(text, "\nSigBlk:\t")
                           : NULL;
    int signal_number = our_signal_number();
    if (!line || !signal_number)
        return false;
    return strtoull(line + strlen("\nSigBlk:\t"), NULL, 16) >> (signal_number - 1) & 1;
}
