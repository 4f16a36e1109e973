/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TIMELINE_SAMPLER_H
#define LEAKGRAPH_TIMELINE_SAMPLER_H

/*
 * Watches the recordings of a running session from outside, in a thread of `record`: heap and
 * resident memory of each process at every tick, and about once a second what its sites did.
 * Reading takes at most a hundredth of the time, and costs the processes nothing. Writes their
 * timelines now and then, and at the end.
 *
 *     struct timeline_sampler *sampler = timeline_sampler_start("leakgraph.data", 100000000);
 *     ... run the program ...
 *     if (!timeline_sampler_stop(sampler, &error)) ... a timeline could not be written ...
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/error.h"

struct timeline_sampler;

/* NULL: no timelines, for lack of memory or threads. */
struct timeline_sampler *timeline_sampler_start(const char *session_path, uint64_t period_ns);

/* NULL is allowed. */
bool timeline_sampler_stop(struct timeline_sampler *sampler, struct error *error);

#endif
