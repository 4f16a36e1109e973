/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HOLDINGS_H
#define LEAKGRAPH_HOLDINGS_H

/*
 * What would go if several leaks went together: everything that only they lead to, also what two of
 * them share and neither keeps alone. And what they lead to but do not keep, because another leak
 * leads there too. This is set dominance: a component is held when every pointer to it comes from
 * what is held, which one pass in topological order finds (Kahn, 1962).
 *
 *     struct holdings *holdings = holdings_new(arena, leaks);
 *     holdings_begin(holdings);
 *     for (each of them) holdings_seed(holdings, component);
 *     const struct holding *held = holdings_follow(holdings);
 *
 * The work is proportional to what is held. A holding is valid until the next holdings_begin().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/leak_graph.h"
#include "analyzer/model.h"

struct holding {
    const uint32_t *components; /* the seeds, then what only they hold, holders first */
    size_t count, seed_count;
    struct amount amount;    /* of all of these */
    const uint32_t *touched; /* components that others lead to as well, and all below them */
    size_t touched_count;
    struct amount shared; /* of those */
};

struct holdings;

struct holdings *holdings_new(struct arena *arena, const struct leak_graph *leaks);
void holdings_begin(struct holdings *holdings);
/* Twice the same is once. */
void holdings_seed(struct holdings *holdings, uint32_t component);
/* With `with_shared` also what is shared; the work is then proportional to all that is led to. */
const struct holding *holdings_follow(struct holdings *holdings, bool with_shared);

#endif
