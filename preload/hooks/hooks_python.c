/* SPDX-License-Identifier: MIT */
/*
 * Python collects its garbage when it ends, so it has to be looked at before. Py_FinalizeEx cannot
 * be hooked where Python is linked into the program, and the program could see any handler of ours.
 * But between the last exit handler and the first collection Python marks the thread that finalises
 * it, takes the lock of its list of threads (a semaphore up to 3.12) and restores SIGINT: calls of
 * libc, which come through us.
 */
#include "preload/hooks/hooks.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

#include "preload/recording/next.h"
#include "preload/recording/process_mark.h"
#include "preload/python/python_interpreters.h"
#include "preload/python/python_layout.h"
#include "preload/snapshot/snapshot_requests.h"

static bool is_taken;

static bool ends_here(uintptr_t thread)
{
    return thread && python_word(thread, python_layout.thread_self) == (uintptr_t)pthread_self();
}

void hooks_python_may_end(void)
{
    uintptr_t thread =
        python_interpreters_are_known() ? python_interpreters_finalising_thread() : 0;
    if (__builtin_expect(!thread, 1)) {
        is_taken = false; /* it may begin again, in a program that embeds it */
        return;
    }
    if (is_taken || !ends_here(thread) || !process_is_itself())
        return;
    int saved_errno = errno;
    is_taken = true;
    snapshot_requests_take(&(struct snapshot_wish){RECORDING_AT_PYTHON_END, NULL, NULL});
    errno = saved_errno;
}

HOOK int sem_wait(sem_t *semaphore)
{
    hooks_python_may_end();
    return NEXT(sem_wait)(semaphore);
}
