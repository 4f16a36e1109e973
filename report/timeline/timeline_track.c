/* SPDX-License-Identifier: MIT */
#include "report/timeline/timeline_track.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_GAINS = 500000 }; /* for all intervals: 24 MB */
#define FIRST_STEP_NS 200000000u

void timeline_track_init(struct timeline_track *track)
{
    *track = (struct timeline_track){
        .ticks_per_sample = 1, .step_ns = FIRST_STEP_NS, .counters_due_ns = FIRST_STEP_NS};
}

void timeline_track_release(struct timeline_track *track)
{
    for (size_t i = 0; i < track->timeline.interval_count; i++)
        free(track->timeline.intervals[i].gains);
    free(track->timeline.intervals);
    free(track->timeline.samples);
    free(track->known);
    timeline_track_init(track);
}

/* --- samples --- */

static void merge_sample(struct timeline_sample *sample, const struct timeline_sample *next)
{
    sample->time_ns = next->time_ns;
    if (sample->heap_bytes < next->heap_bytes)
        sample->heap_bytes = next->heap_bytes;
    if (sample->rss_bytes < next->rss_bytes)
        sample->rss_bytes = next->rss_bytes;
}

static void halve_samples(struct timeline_track *track)
{
    struct timeline *timeline = &track->timeline;
    size_t half = timeline->sample_count / 2;

    for (size_t i = 0; i < half; i++) {
        timeline->samples[i] = timeline->samples[2 * i];
        merge_sample(&timeline->samples[i], &timeline->samples[2 * i + 1]);
    }
    timeline->sample_count = half;
    track->ticks_per_sample *= 2;
}

void timeline_track_sample(struct timeline_track *track, uint64_t time_ns, uint64_t heap_bytes,
                           uint64_t rss_bytes)
{
    const struct timeline_sample sample = {time_ns, heap_bytes, rss_bytes};
    struct timeline *timeline = &track->timeline;

    if (!timeline->samples)
        timeline->samples = calloc(TIMELINE_MOST, sizeof(*timeline->samples));
    if (!timeline->samples)
        return;
    if (timeline->sample_count && track->ticks_in_last < track->ticks_per_sample) {
        merge_sample(&timeline->samples[timeline->sample_count - 1], &sample);
        track->ticks_in_last++;
        return;
    }
    if (timeline->sample_count == TIMELINE_MOST)
        halve_samples(track);
    timeline->samples[timeline->sample_count++] = sample;
    track->ticks_in_last = 1;
}

/* --- intervals --- */

static void add_gain(struct timeline_gain *sum, const struct timeline_gain *gain)
{
    sum->allocations += gain->allocations;
    sum->allocated_bytes += gain->allocated_bytes;
    sum->frees += gain->frees;
    sum->freed_bytes += gain->freed_bytes;
}

/* Adds the second's gains to the first's, both by site; false: out of memory, nothing changed. */
static bool merge_intervals(struct timeline_interval *first, struct timeline_interval *second)
{
    size_t count = 0, i = 0, k = 0;
    struct timeline_gain *gains =
        calloc(first->gain_count + second->gain_count + 1, sizeof(*gains));

    if (!gains)
        return false;
    while (i < first->gain_count || k < second->gain_count) {
        bool take_second =
            i == first->gain_count ||
            (k < second->gain_count && second->gains[k].site_id < first->gains[i].site_id);

        gains[count] = take_second ? second->gains[k++] : first->gains[i++];
        if (!take_second && k < second->gain_count &&
            second->gains[k].site_id == gains[count].site_id)
            add_gain(&gains[count], &second->gains[k++]);
        count++;
    }
    free(first->gains);
    free(second->gains);
    *first = (struct timeline_interval){first->start_ns, second->end_ns, gains, count};
    return true;
}

static void halve_intervals(struct timeline_track *track)
{
    struct timeline *timeline = &track->timeline;
    size_t kept = 0;

    track->gain_total = 0;
    for (size_t i = 0; i < timeline->interval_count; i++) {
        struct timeline_interval interval = timeline->intervals[i];

        if (i + 1 < timeline->interval_count &&
            merge_intervals(&interval, &timeline->intervals[i + 1]))
            i++;
        track->gain_total += interval.gain_count;
        timeline->intervals[kept++] = interval;
    }
    timeline->interval_count = kept;
    track->step_ns *= 2;
}

static struct timeline_gain since_known(const struct timeline_track *track, uint64_t id,
                                        const struct raw_site *raw)
{
    struct timeline_gain known = {0};

    if (id < track->known_count)
        known = track->known[id];
    return (struct timeline_gain){
        .site_id = id,
        .allocations = raw->allocations - known.allocations,
        .allocated_bytes = raw->allocated_bytes - known.allocated_bytes,
        .frees = raw->frees - known.frees,
        .freed_bytes = raw->freed_bytes - known.freed_bytes,
    };
}

static void remember(struct timeline_track *track, const struct raw_site *raw, uint64_t id_end)
{
    struct timeline_gain *known = reallocarray(track->known, id_end, sizeof(*known));

    if (!known)
        return;
    for (uint64_t id = 0; id < id_end; id++)
        known[id] = (struct timeline_gain){.allocations = raw[id].allocations,
                                           .allocated_bytes = raw[id].allocated_bytes,
                                           .frees = raw[id].frees,
                                           .freed_bytes = raw[id].freed_bytes};
    track->known = known;
    track->known_count = id_end;
}

static bool list_gains(const struct timeline_track *track, const struct raw_site *raw,
                       uint64_t id_end, struct timeline_interval *interval)
{
    interval->gains = calloc(id_end + 1, sizeof(*interval->gains));
    if (!interval->gains)
        return false;
    for (uint64_t id = 0; id < id_end; id++) {
        struct timeline_gain gain = since_known(track, id, &raw[id]);

        if (gain.allocations || gain.frees)
            interval->gains[interval->gain_count++] = gain;
    }
    return true;
}

static bool has_room_for_interval(struct timeline_track *track)
{
    struct timeline *timeline = &track->timeline;

    if (!timeline->intervals)
        timeline->intervals = calloc(TIMELINE_MOST, sizeof(*timeline->intervals));
    if (timeline->intervals && (timeline->interval_count == TIMELINE_MOST ||
                                (track->gain_total > MOST_GAINS && timeline->interval_count > 8)))
        halve_intervals(track);
    return timeline->intervals && timeline->interval_count < TIMELINE_MOST;
}

void timeline_track_counters(struct timeline_track *track, uint64_t time_ns,
                             const struct raw_site *raw, uint64_t id_end)
{
    struct timeline_interval interval = {.start_ns = track->known_ns, .end_ns = time_ns};

    if (time_ns > track->known_ns && has_room_for_interval(track) &&
        list_gains(track, raw, id_end, &interval)) {
        track->timeline.intervals[track->timeline.interval_count++] = interval;
        track->gain_total += interval.gain_count;
        remember(track, raw, id_end);
        track->known_ns = time_ns;
    }
    track->counters_due_ns = time_ns + track->step_ns;
}
