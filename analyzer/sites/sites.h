/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SITES_H
#define LEAKGRAPH_SITES_H

/*
 * The figures of every site, and the process's totals. Sites of the recording that look the same to
 * a reader (a module loaded twice) are one site here. Everything belongs to the arena.
 */

#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/stacks.h"

/* A site of the recording before it is merged with those that look the same. */
struct raw_site {
    uint64_t allocations, allocated_bytes, frees, freed_bytes, temporary;
    uint64_t inherited_blocks, inherited_bytes;
    int64_t peak_bytes;
};

/* The figures of each site by its id. Needs no symbols; belongs to the arena. */
struct raw_site *sites_raw(struct arena *arena, const struct recording *recording,
                           uint64_t *id_end);

/* The figures of one; those of sites that look the same add up. */
struct figures sites_figures(const struct raw_site *raw);

struct sites {
    struct site *all; /* biggest peak first; those that never held anything come last */
    size_t count;     /* how many of them allocated or were inherited */
    size_t *of_id;    /* index in `all` by the recording's id */
    uint64_t id_end;
    size_t all_count;
};

/* `whole` says by id whose stacks are wanted whole, the others get digests; NULL: all. */
void sites_load(struct sites *sites, struct arena *arena, struct stacks *stacks,
                const struct raw_site *raw, uint64_t id_end, const bool *whole);
/* Never NULL: an id without a record gets the site "no site". */
struct site *sites_get(const struct sites *sites, uint64_t id);

void sites_sum(const struct sites *sites, struct arena *arena, const struct recording *recording,
               struct totals *totals);

#endif
