/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GROWTH_H
#define LEAKGRAPH_GROWTH_H

/*
 * What grew between two object graphs, by type and by the place that made it; what shrank comes
 * last. The sessions must live as long.
 *
 *     struct growth growth;
 *     if (growth_find(&growth, old->objects, new->objects)) ... growth.types[i].blocks_delta ...
 *     growth_release(&growth);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/type_list.h"

struct growth_row {
    char *name;
    uint64_t blocks, bytes; /* in the new one */
    int64_t blocks_delta, bytes_delta;
};

struct growth_rows {
    struct growth_row *rows; /* those that changed, most new bytes first */
    size_t count;
};

struct growth {
    struct growth_rows types, places;
    int64_t blocks_delta, bytes_delta; /* of all together */
};

/* False when memory is out. An `old` of NULL is an empty one. */
bool growth_find(struct growth *growth, const struct object_graph *old,
                 const struct object_graph *new);
void growth_release(struct growth *growth);

#endif
