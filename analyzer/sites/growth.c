/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/growth.h"

#include <stdlib.h>

enum { PARTS = 4, LEAST_SAMPLES = 2, LEAST_INTERVALS = 1, END_SHARE = 20 };

/* The steady part of a run, and the least in each quarter of it. A program that ends in good order
 * frees what it held, so its last moments say nothing about growth. */
struct window {
    uint64_t from_ns, to_ns;
};

static struct window steady_window(uint64_t end_ns)
{
    return (struct window){end_ns / 3, end_ns - end_ns / END_SHARE};
}

/* PARTS when it is outside of the window. */
static unsigned part_of(const struct window *window, uint64_t time_ns)
{
    if (time_ns <= window->from_ns || time_ns > window->to_ns)
        return PARTS;
    return (unsigned)((time_ns - window->from_ns - 1) * PARTS / (window->to_ns - window->from_ns));
}

static struct growth growth_of_least(const struct window *window, const int64_t *least)
{
    struct growth growth = {.from_ns = window->from_ns,
                            .to_ns = window->to_ns,
                            .bytes = least[PARTS - 1] - least[0],
                            .keeps_growing = true};
    double seconds = (double)(window->to_ns - window->from_ns) / 1e9 * (PARTS - 1) / PARTS;

    for (unsigned part = 1; part < PARTS; part++)
        growth.keeps_growing &= least[part] > least[part - 1];
    growth.bytes_per_second = (double)growth.bytes / seconds;
    return growth;
}

static bool are_enough(const unsigned *counts, unsigned least)
{
    for (unsigned part = 0; part < PARTS; part++)
        if (counts[part] < least)
            return false;
    return true;
}

bool growth_of_heap(const struct timeline *timeline, struct growth *growth)
{
    if (!timeline || !timeline->sample_count)
        return false;
    struct window window = steady_window(timeline->samples[timeline->sample_count - 1].time_ns);
    int64_t least[PARTS + 1];
    unsigned counts[PARTS + 1] = {0};

    for (size_t i = 0; i < timeline->sample_count; i++) {
        unsigned part = part_of(&window, timeline->samples[i].time_ns);
        int64_t heap = (int64_t)timeline->samples[i].heap_bytes;

        if (counts[part]++ == 0 || heap < least[part])
            least[part] = heap;
    }
    if (!are_enough(counts, LEAST_SAMPLES))
        return false;
    *growth = growth_of_least(&window, least);
    return true;
}

/* --- sites --- */

/* What a site holds now beyond what it held at first, and its least in each part. */
struct site_level {
    int64_t live, least[PARTS];
    bool moved;
};

static void follow_interval(struct site_level *levels, const struct process *process,
                            const struct timeline_interval *interval)
{
    for (size_t i = 0; i < interval->gain_count; i++) {
        const struct timeline_gain *gain = &interval->gains[i];
        struct site_level *level = &levels[gain->site - process->sites];

        level->live += (int64_t)(gain->allocated_bytes - gain->freed_bytes);
        level->moved = true;
    }
}

/* A site that did nothing in an interval still holds what it held. */
static void note_levels(struct site_level *levels, size_t count, unsigned part, bool first)
{
    for (size_t i = 0; i < count; i++)
        if (levels[i].moved && (first || levels[i].live < levels[i].least[part]))
            levels[i].least[part] = levels[i].live;
}

static bool follow(struct site_level *levels, const struct process *process,
                   const struct window *window)
{
    unsigned counts[PARTS + 1] = {0};

    for (size_t i = 0; i < process->timeline->interval_count; i++) {
        const struct timeline_interval *interval = &process->timeline->intervals[i];
        unsigned part = part_of(window, interval->end_ns);

        follow_interval(levels, process, interval);
        if (part < PARTS)
            note_levels(levels, process->site_count, part, counts[part] == 0);
        counts[part]++;
    }
    return are_enough(counts, LEAST_INTERVALS);
}

static int compare_speeds(const void *left, const void *right)
{
    const struct site_growth *one = left, *other = right;

    if (one->growth.bytes != other->growth.bytes)
        return one->growth.bytes > other->growth.bytes ? -1 : 1;
    return one->site < other->site ? -1 : 1;
}

static struct site_growth *list_growing(const struct site_level *levels,
                                        const struct process *process, const struct window *window,
                                        size_t *count)
{
    struct site_growth *growing = calloc(process->site_count + 1, sizeof(*growing));

    for (size_t i = 0; growing && i < process->site_count; i++) {
        struct growth growth = growth_of_least(window, levels[i].least);

        if (levels[i].moved && growth.keeps_growing)
            growing[(*count)++] = (struct site_growth){&process->sites[i], growth};
    }
    if (*count)
        qsort(growing, *count, sizeof(*growing), compare_speeds);
    return growing;
}

struct site_growth *growth_of_sites(const struct process *process, size_t *count)
{
    const struct timeline *timeline = process->timeline;
    struct site_growth *growing = NULL;
    struct site_level *levels;

    *count = 0;
    if (!timeline || !timeline->interval_count || !process->site_count)
        return NULL;
    struct window window = steady_window(timeline->intervals[timeline->interval_count - 1].end_ns);
    levels = calloc(process->site_count, sizeof(*levels));
    if (levels && follow(levels, process, &window))
        growing = list_growing(levels, process, &window, count);
    free(levels);
    return growing;
}
