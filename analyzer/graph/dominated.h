/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DOMINATED_H
#define LEAKGRAPH_DOMINATED_H

/* The dominator tree downwards: what each block holds immediately, one after another. */

#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/dominator_tree.h"
#include "analyzer/graph/graph.h"

struct dominated {
    uint32_t *starts; /* node_count + 2; number node_count stands for the roots */
    uint32_t *nodes;
};

void dominated_find(struct dominated *dominated, struct arena *arena, const struct graph *graph,
                    const struct dominator_tree *tree);

#endif
