/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_VERDICT_H
#define LEAKGRAPH_VERDICT_H

/*
 * How a process ended, and whether its recording allows a verdict about leaks: "nothing recorded"
 * is never "no leaks".
 */

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "analyzer/recording/recording_reader.h"

/* The process that had this pid at that time of CLOCK_BOOTTIME is still there. */
bool verdict_runs_since(int pid, uint64_t boot_ns);

/* A recording that says "running" belongs to a process that is, or that had no chance to say more.
 */
enum process_end verdict_end(const struct recording *recording);

/* Says in a sentence why a snapshot could not be taken; `failure` is an enum recording_unchecked.
 */
const char *verdict_describe_failure(struct arena *arena, uint32_t failure, int detail);

/* The snapshot to judge by. NULL: there is none, and `why_not` says why in a sentence. */
const struct recording_snapshot_entry *verdict_snapshot(struct arena *arena,
                                                        const struct recording *recording,
                                                        enum process_end ended,
                                                        const char **why_not);

#endif
