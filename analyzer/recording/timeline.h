/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TIMELINE_H
#define LEAKGRAPH_TIMELINE_H

/*
 * How a process's memory developed, as `record` saw it from outside: its heap and resident memory,
 * and what each site gained and lost in each interval. At most TIMELINE_MOST of both, however long
 * the run: neighbours are merged.
 *
 * It lies beside the recording, 12.0.timeline for 12.0.lgr, as lines of text, with or without gzip:
 *
 *     leakgraph-timeline 1
 *     heap TIME_NS HEAP_BYTES RSS_BYTES
 *     interval START_NS END_NS
 *     site ID ALLOCATIONS ALLOCATED_BYTES FREES FREED_BYTES     (of the interval above)
 *     end
 *
 * Times count from the start of the process. A file without its last line was cut short.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"

enum { TIMELINE_MOST = 512 };

struct site;

/* The most seen since the previous sample. rss_bytes is 0 where it could not be read. */
struct timeline_sample {
    uint64_t time_ns, heap_bytes, rss_bytes;
};

/* One site's share of an interval. */
struct timeline_gain {
    uint64_t site_id;        /* the recording's */
    const struct site *site; /* the model's; NULL when just read from the file */
    uint64_t allocations, allocated_bytes, frees, freed_bytes;
};

struct timeline_interval {
    uint64_t start_ns, end_ns;
    struct timeline_gain *gains; /* by site_id; only sites that did something */
    size_t gain_count;
};

struct timeline {
    struct timeline_sample *samples;
    size_t sample_count;
    struct timeline_interval *intervals;
    size_t interval_count;
};

/* "12.0.timeline" for "12.0.lgr"; the arena's. */
char *timeline_path(struct arena *arena, const char *recording_path);

/* NULL without an error message: there is none. The result belongs to the arena. */
struct timeline *timeline_read(struct arena *arena, const char *path, struct error *error);

/* Errors show in ferror(file). */
void timeline_write(const struct timeline *timeline, FILE *file);

#endif
