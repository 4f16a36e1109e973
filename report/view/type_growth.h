/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TYPE_GROWTH_H
#define LEAKGRAPH_TYPE_GROWTH_H

/*
 * What grew between two object graphs, by type and by the place that made it; what shrank comes
 * last. The sessions must live as long.
 *
 *     struct type_growth growth;
 *     if (type_growth_find(&growth, old->objects, new->objects)) ... growth.types[i].blocks_delta
 * ... type_growth_release(&growth);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/view/type_list.h"

struct type_growth_row {
    char *name;
    uint64_t blocks, bytes; /* in the new one */
    int64_t blocks_delta, bytes_delta;
};

struct type_growth_rows {
    struct type_growth_row *rows; /* those that changed, most new bytes first */
    size_t count;
};

struct type_growth {
    struct type_growth_rows types, places;
    int64_t blocks_delta, bytes_delta; /* of all together */
};

/* False when memory is out. An `old` of NULL is an empty one. */
bool type_growth_find(struct type_growth *growth, const struct object_graph *old,
                      const struct object_graph *new);
void type_growth_release(struct type_growth *growth);

#endif
