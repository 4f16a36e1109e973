/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for a time which the kernel does not tell when they are interrupted: how long
 * they still had is noted here, see interrupted_call.h. They do what they did.
 */
#include "preload/recording/next.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <time.h>
#include <unistd.h>

#include "preload/snapshot/interrupted_call.h"

static uint64_t of_milliseconds(int milliseconds)
{
    return milliseconds > 0 ? (uint64_t)milliseconds * 1000000u : 0;
}

/* As far as it can be told; what is no time, and what is centuries away, is nothing to note. */
static uint64_t of_timespec(const struct timespec *time)
{
    bool is_time = time && time->tv_sec >= 0 && time->tv_sec < 1ll << 32 && time->tv_nsec >= 0 &&
                   time->tv_nsec < 1000000000;
    return is_time ? (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec : 0;
}

#define WAIT_HOOK(name, parameters, arguments, timeout_ns)                                         \
    HOOK int name parameters                                                                       \
    {                                                                                              \
        uint64_t timeout_ns_ = (timeout_ns);                                                       \
        if (!timeout_ns_)                                                                          \
            return NEXT(name) arguments;                                                           \
        struct interrupted_call_wait before = interrupted_call_begin(timeout_ns_);                 \
        int result = NEXT(name) arguments;                                                         \
        interrupted_call_end(before);                                                              \
        return result;                                                                             \
    }

int __poll_chk(struct pollfd *files, nfds_t count, int timeout_ms, size_t room_bytes);

WAIT_HOOK(poll, (struct pollfd * files, nfds_t count, int timeout_ms), (files, count, timeout_ms),
          of_milliseconds(timeout_ms))
WAIT_HOOK(__poll_chk, (struct pollfd * files, nfds_t count, int timeout_ms, size_t room_bytes),
          (files, count, timeout_ms, room_bytes), of_milliseconds(timeout_ms))
WAIT_HOOK(epoll_wait, (int queue, struct epoll_event *events, int room, int timeout_ms),
          (queue, events, room, timeout_ms), of_milliseconds(timeout_ms))
WAIT_HOOK(epoll_pwait,
          (int queue, struct epoll_event *events, int room, int timeout_ms, const sigset_t *mask),
          (queue, events, room, timeout_ms, mask), of_milliseconds(timeout_ms))
WAIT_HOOK(epoll_pwait2,
          (int queue, struct epoll_event *events, int room, const struct timespec *timeout,
           const sigset_t *mask),
          (queue, events, room, timeout, mask), of_timespec(timeout))
WAIT_HOOK(sigtimedwait, (const sigset_t *signals, siginfo_t *info, const struct timespec *timeout),
          (signals, info, timeout), of_timespec(timeout))
WAIT_HOOK(semtimedop,
          (int set, struct sembuf *operations, size_t count, const struct timespec *timeout),
          (set, operations, count, timeout), of_timespec(timeout))
WAIT_HOOK(nanosleep, (const struct timespec *time, struct timespec *rest), (time, rest),
          rest ? 0 : of_timespec(time))
WAIT_HOOK(clock_nanosleep,
          (clockid_t clock, int flags, const struct timespec *time, struct timespec *rest),
          (clock, flags, time, rest), rest || (flags & TIMER_ABSTIME) ? 0 : of_timespec(time))
WAIT_HOOK(usleep, (useconds_t microseconds), (microseconds), (uint64_t)microseconds * 1000u)
