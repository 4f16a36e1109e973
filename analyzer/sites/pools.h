/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_POOLS_H
#define LEAKGRAPH_POOLS_H

/*
 * Blocks that an allocator on top of malloc hands out in pieces: what is lost inside them is not
 * seen. They are known by the functions that fill a pool up, so a block that the same library
 * allocates for something else is none.
 *
 *     const char *pool = pools_name(stacks, recording, site->stack);
 *     process->pools = pools_list(arena, &input, &process->pool_count);
 */

#include <stddef.h>
#include <stdint.h>

#include "analyzer/sites/sites.h"
#include "analyzer/sites/stacks.h"

/* "std::pmr::monotonic_buffer_resource"; NULL: the stack allocates for no pool that is known. */
const char *pools_name(struct stacks *stacks, const struct recording *recording, uint32_t node);

struct pools_input {
    struct stacks *stacks;
    const struct recording *recording;
    const struct sites *sites;
    const struct raw_site *figures; /* by site */
    uint64_t site_end;
};

/* Those that live at the end, one entry for each pool's kind and site; most bytes first. Everything
 * belongs to the arena. */
const struct pool *pools_list(struct arena *arena, const struct pools_input *input, size_t *count);

#endif
