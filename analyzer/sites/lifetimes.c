/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/lifetimes.h"

#include <stdlib.h>

#include "preload/recording.h"

void lifetimes_add(struct lifetimes *lifetimes, uint64_t site, uint32_t order, uint64_t frees)
{
    if (frees == 0)
        return;
    lifetimes->entries = arena_grow(lifetimes->arena, lifetimes->entries, lifetimes->count,
                                    &lifetimes->capacity, sizeof *lifetimes->entries);
    lifetimes->entries[lifetimes->count++] =
        (struct lifetime_entry){.site = site, .order = order, .frees = frees};
}

static int compare(const void *left, const void *right)
{
    const struct lifetime_entry *one = left, *other = right;
    if (one->site != other->site)
        return one->site < other->site ? -1 : 1;
    return one->order < other->order ? -1 : one->order > other->order;
}

/* Merges entries with the same site and order. */
static void merge_equal(struct lifetimes *lifetimes)
{
    size_t kept = 0;
    for (size_t i = 0; i < lifetimes->count; i++) {
        struct lifetime_entry *last = kept ? &lifetimes->entries[kept - 1] : NULL;
        if (last && compare(last, &lifetimes->entries[i]) == 0)
            last->frees += lifetimes->entries[i].frees;
        else
            lifetimes->entries[kept++] = lifetimes->entries[i];
    }
    lifetimes->count = kept;
}

static struct lifetime lifetime_of(uint32_t order, uint64_t frees)
{
    bool is_last = order + 1 == RECORDING_LIFETIMES;
    return (struct lifetime){
        .under_ns = is_last ? 0 : (uint64_t)1 << (RECORDING_LIFETIME_SHIFT + order),
        .frees = frees,
    };
}

void lifetimes_sum(struct lifetimes *lifetimes, struct arena *arena, struct site *sites,
                   size_t site_count)
{
    if (lifetimes->count == 0)
        return;
    qsort(lifetimes->entries, lifetimes->count, sizeof *lifetimes->entries, compare);
    merge_equal(lifetimes);
    struct lifetime *list = arena_array(arena, lifetimes->count, sizeof *list);
    for (size_t i = 0; i < lifetimes->count; i++) {
        const struct lifetime_entry *entry = &lifetimes->entries[i];
        list[i] = lifetime_of(entry->order, entry->frees);
        if (entry->site >= site_count)
            continue;
        struct site *site = &sites[entry->site];
        if (site->lifetime_count++ == 0)
            site->lifetimes = &list[i];
    }
}

static uint32_t order_of(const struct lifetime *lifetime)
{
    return lifetime->under_ns
               ? (uint32_t)__builtin_ctzll(lifetime->under_ns) - RECORDING_LIFETIME_SHIFT
               : RECORDING_LIFETIMES - 1;
}

void lifetimes_total(struct arena *arena, const struct site *sites, size_t site_count,
                     const struct lifetime **list, size_t *count)
{
    uint64_t frees[RECORDING_LIFETIMES] = {0};
    struct lifetime *all = arena_array(arena, RECORDING_LIFETIMES, sizeof *all);
    for (size_t i = 0; i < site_count; i++)
        for (size_t k = 0; k < sites[i].lifetime_count; k++)
            frees[order_of(&sites[i].lifetimes[k])] += sites[i].lifetimes[k].frees;
    *count = 0;
    for (uint32_t order = 0; order < RECORDING_LIFETIMES; order++)
        if (frees[order])
            all[(*count)++] = lifetime_of(order, frees[order]);
    *list = all;
}
