/* SPDX-License-Identifier: MIT */
/*
 * Waits for any child. The one that writes a snapshot ends without a signal, and plain waits never
 * return it; with __WALL or __WCLONE they would.
 */
#include "preload/recording/next.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "preload/recording/process_mark.h"
#include "preload/snapshot/snapshot.h"

static bool returns_all(int options)
{
    return options & (__WALL | __WCLONE);
}

HOOK pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    int unseen_status;
    struct rusage unseen_usage;
    if (!returns_all(options))
        return NEXT(wait4)(pid, status, options, usage);
    for (;;) {
        pid_t ended = NEXT(wait4)(pid, &unseen_status, options, &unseen_usage);
        if (ended > 0 && snapshot_forget_child(ended))
            continue;
        if (ended > 0 && status)
            *status = unseen_status;
        if (ended > 0 && usage)
            *usage = unseen_usage;
        return ended;
    }
}

HOOK pid_t waitpid(pid_t pid, int *status, int options)
{
    return returns_all(options) ? wait4(pid, status, options, NULL)
                                : NEXT(waitpid)(pid, status, options);
}

HOOK pid_t wait3(int *status, int options, struct rusage *usage)
{
    return returns_all(options) ? wait4(-1, status, options, usage)
                                : NEXT(wait3)(status, options, usage);
}

/* With WNOWAIT it would come back for ever. */
static bool is_snapshots(const siginfo_t *info, int options)
{
    pid_t pid = info->si_pid;
    if (pid <= 0 || !snapshot_is_child(pid))
        return false;
    if (options & WNOWAIT)
        NEXT(wait4)(pid, NULL, __WALL | WNOHANG, NULL);
    return snapshot_forget_child(pid);
}

HOOK int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
    siginfo_t unseen;
    if (!returns_all(options))
        return NEXT(waitid)(type, id, info, options);
    for (;;) {
        unseen.si_pid = 0;
        int failure = NEXT(waitid)(type, id, &unseen, options);
        if (!failure && is_snapshots(&unseen, options))
            continue;
        if (!failure && info)
            *info = unseen;
        return failure;
    }
}
