/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CLOCK_H
#define LEAKGRAPH_CLOCK_H

/* The kernel's clocks in nanoseconds. Times of the recording are of CLOCK_MONOTONIC. */

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_read_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline uint64_t clock_ns(void)
{
    return clock_read_ns(CLOCK_MONOTONIC);
}

#endif
