/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GROWTH_H
#define LEAKGRAPH_GROWTH_H

/*
 * What keeps growing once a program is warm. The first third of a timeline is start-up; the rest is
 * cut into four equal parts, less its last moments, when an orderly end frees what was held. Memory
 * grows when the least it held in each part exceeds the least in the part before: a load that comes
 * and goes does not qualify, a slow leak underneath it does.
 *
 *     struct growth growth;
 *     if (growth_of_heap(timeline, &growth) && growth.keeps_growing) ...
 *     struct site_growth *sites = growth_of_sites(process, &count);   ... free(sites)
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/model.h"
#include "analyzer/recording/timeline.h"

struct growth {
    uint64_t from_ns, to_ns; /* the steady part */
    int64_t bytes;           /* from the least of its first quarter to the least of its last */
    double bytes_per_second; /* negative: it shrinks */
    bool keeps_growing;
};

/* False when the run was too short to tell. */
bool growth_of_heap(const struct timeline *timeline, struct growth *growth);

struct site_growth {
    const struct site *site;
    struct growth growth;
};

/* The sites that keep growing, fastest first; the caller frees them. NULL: none, too short a run,
 * or out of memory. */
struct site_growth *growth_of_sites(const struct process *process, size_t *count);

#endif
