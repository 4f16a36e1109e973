/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LIFETIMES_H
#define LEAKGRAPH_LIFETIMES_H

/*
 * How long blocks lived, per site: collected from the counters in any order, then summed. Most
 * sites have one or two lifetimes, so only those that occurred are kept.
 *
 *     struct lifetimes lifetimes = {.arena = scratch};
 *     lifetimes_add(&lifetimes, site, order, frees);
 *     lifetimes_sum(&lifetimes, arena, sites, site_count);
 */

#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/model.h"

struct lifetime_entry {
    uint64_t site;  /* index */
    uint32_t order; /* from 0, see RECORDING_LIFETIME_SHIFT */
    uint64_t frees;
};

struct lifetimes {
    struct arena *arena;
    struct lifetime_entry *entries;
    size_t count, capacity;
};

void lifetimes_add(struct lifetimes *lifetimes, uint64_t site, uint32_t order, uint64_t frees);
/* Fills the lifetimes of sites[0 .. site_count - 1]; the lists belong to the given arena. */
void lifetimes_sum(struct lifetimes *lifetimes, struct arena *arena, struct site *sites,
                   size_t site_count);
/* The sum over all sites. */
void lifetimes_total(struct arena *arena, const struct site *sites, size_t site_count,
                     const struct lifetime **list, size_t *count);

#endif
