/* SPDX-License-Identifier: MIT */
/*
 * Calls that name a thread or make it a real-time one, often long after its first allocation: what
 * it is counted as follows. They do what they did.
 */
#include "preload/recording/next.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "preload/recording/threads.h"

static void look_again_at(bool self)
{
    if (self)
        threads_look_again();
    else
        threads_look_again_at_all();
}

HOOK int sched_setscheduler(pid_t tid, int policy, const struct sched_param *parameters)
{
    int result = NEXT(sched_setscheduler)(tid, policy, parameters);
    if (result == 0)
        look_again_at(tid == 0 || tid == gettid());
    return result;
}

HOOK int pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *parameters)
{
    int result = NEXT(pthread_setschedparam)(thread, policy, parameters);
    if (result == 0)
        look_again_at(pthread_equal(thread, pthread_self()));
    return result;
}

HOOK int pthread_setname_np(pthread_t thread, const char *name)
{
    int result = NEXT(pthread_setname_np)(thread, name);
    if (result == 0)
        look_again_at(pthread_equal(thread, pthread_self()));
    return result;
}
