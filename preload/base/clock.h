/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CLOCK_H
#define LEAKGRAPH_CLOCK_H

/* Times of the recording: nanoseconds of CLOCK_MONOTONIC. */

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
