/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TIMELINE_TRACK_H
#define LEAKGRAPH_TIMELINE_TRACK_H

/*
 * A growing timeline, within bounds that do not depend on the length of the run: when it is full,
 * neighbours merge and the step doubles. Out of memory, it keeps what it has.
 *
 *     struct timeline_track track;
 *     timeline_track_init(&track);
 *     timeline_track_sample(&track, time_ns, heap_bytes, rss_bytes);             at every tick
 *     if (time_ns >= track.counters_due_ns) timeline_track_counters(&track, time_ns, raw, id_end);
 *     timeline_track_release(&track);
 */

#include "analyzer/recording/timeline.h"
#include "analyzer/sites/sites.h"

struct timeline_track {
    struct timeline timeline;
    uint64_t ticks_per_sample, ticks_in_last;
    struct timeline_gain *known; /* the counters at the end of the last interval, by site id */
    size_t known_count;
    uint64_t known_ns;
    uint64_t step_ns, counters_due_ns; /* when the next interval ends */
    size_t gain_total;
};

void timeline_track_init(struct timeline_track *track);
void timeline_track_release(struct timeline_track *track);

void timeline_track_sample(struct timeline_track *track, uint64_t time_ns, uint64_t heap_bytes,
                           uint64_t rss_bytes);

/* `raw` counts from the start of the process. */
void timeline_track_counters(struct timeline_track *track, uint64_t time_ns,
                             const struct raw_site *raw, uint64_t id_end);

#endif
