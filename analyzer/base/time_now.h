/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TIME_NOW_H
#define LEAKGRAPH_TIME_NOW_H

/* The time in nanoseconds. Recordings count in CLOCK_MONOTONIC, as time_now_ns() does. */

#include <stdint.h>
#include <time.h>

static inline uint64_t time_of_clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t time_now_ns(void)
{
    return time_of_clock_ns(CLOCK_MONOTONIC);
}

#endif
