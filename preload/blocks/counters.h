/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_COUNTERS_H
#define LEAKGRAPH_COUNTERS_H

/*
 * Per-site counters, one set per thread state, in the recording: threads never wait for one another
 * and never share a cache line in steady state. The live bytes of the process are followed exactly
 * while one thread is alone; with several, each keeps up to a small share to itself, which bounds
 * the error of the peak (header.peak_slack_bytes).
 *
 * Peak attribution costs one comparison per event: when a site is touched for the first time after
 * a new peak, its live bytes until then are those at the peak.
 *
 * Called inside malloc: no malloc, no lock.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/recording/threads.h"

/* The thread's counters of a site, for counters_allocated(); NULL when there is no room (counted).
 */
struct recording_site_counters *counters_find(struct thread *thread, uint32_t site);
void counters_allocated(struct thread *thread, struct recording_site_counters *counters,
                        uint64_t size_bytes, uint64_t now_ticks);
void counters_freed(struct thread *thread, uint32_t site, uint64_t size_bytes, uint64_t birth_ticks,
                    bool temporary, uint64_t now_ticks);
/* The process ends: makes header.live_bytes current as far as this thread is concerned, and the
   time of the peak as exact as it can be. */
void counters_settle(struct thread *thread);

/* A forked child starts from zero; what is in the live table is inherited. */
void counters_restart_after_fork(void);

#endif
