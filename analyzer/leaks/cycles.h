/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CYCLES_H
#define LEAKGRAPH_CYCLES_H

/*
 * The cycles among the leaked blocks, with identical ones grouped. A cycle here is a strongly
 * connected component: all blocks that keep one another alive. One of up to 64 blocks is shown
 * whole. Of a larger one a shortest cycle through its lowest block is shown (at most 1024 blocks of
 * it), and such cycles are grouped by how many blocks of each site and type they have. Amounts
 * always cover whole components.
 */

#include <stdbool.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/leak_graph.h"
#include "analyzer/model.h"
#include "analyzer/objects/node_names.h"
#include "analyzer/objects/weak_references.h"
#include "analyzer/sites/sites.h"

struct cycles {
    struct cycle *all; /* biggest retained first */
    size_t count;
    uint64_t total; /* cycles in all groups together */
};

struct cycles_names {
    struct node_names *nodes;           /* NULL: classes come from RTTI only */
    const struct weak_references *weak; /* NULL: nobody looked at weak references */
};

/* `names` NULL: neither. */
bool cycles_find(struct cycles *cycles, struct arena *arena, const struct leak_graph *leaks,
                 const struct sites *sites, const struct cycles_names *names, struct error *error);

#endif
