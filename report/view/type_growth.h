/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TYPE_GROWTH_H
#define LEAKGRAPH_TYPE_GROWTH_H

/*
 * What grew between two object graphs, by type and by the place that made it; what shrank comes
 * last. Borrows from the sessions.
 *
 *     struct type_growth growth;
 *     if (type_growth_find(&growth, old->objects, new->objects))
 *         ... growth.types.rows[i].blocks_delta ...
 *     type_growth_release(&growth);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/model.h"
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

/* False: out of memory. `old` may be NULL: an empty graph. */
bool type_growth_find(struct type_growth *growth, const struct object_graph *old,
                      const struct object_graph *new);
void type_growth_release(struct type_growth *growth);

/*
 * The old process to compare a new one with: the one of the same program that started as the n-th
 * of it, too. NULL: there is none.
 */
const struct process *type_growth_counterpart(const struct session *old, const struct session *new,
                                              const struct process *process);

/* Whether the process has an object graph, and is the one with that pid; 0: any. */
bool type_growth_is_wanted(const struct process *process, uint64_t pid);

#endif
