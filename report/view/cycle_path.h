/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CYCLE_PATH_H
#define LEAKGRAPH_CYCLE_PATH_H

/*
 * One way around a cycle: the shortest through the edge to cut, which comes last. A strongly
 * connected component may have many more blocks and edges.
 */

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/model.h"

struct cycle_path {
    size_t *edges; /* indices into the cycle's edges; each starts where the previous one ends */
    size_t length;
};

/* False when the edges make no cycle, or out of memory. Release it in any case. */
bool cycle_path_find(struct cycle_path *path, const struct cycle *cycle);
void cycle_path_release(struct cycle_path *path);

#endif
