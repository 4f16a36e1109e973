/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TYPE_LIST_H
#define LEAKGRAPH_TYPE_LIST_H

/*
 * The types of an object graph under the names that people see; blocks of unknown type count
 * together when one place made them.
 *
 *     struct type_list list;
 *     if (type_list_collect(&list, process->objects)) ... list.rows[i] ...
 *     type_list_release(&list);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/object_graph.h"

struct type_row {
    char *name; /* the row's own */
    uint64_t blocks, bytes, retained_bytes, deep_bytes, leaked_blocks, stack_blocks;
    const struct site *site; /* of one of them */
    bool is_type;            /* false: named by the place that made it */
};

struct type_list {
    struct type_row *rows; /* by name */
    size_t count;
};

/* False: out of memory. */
bool type_list_collect(struct type_list *list, const struct object_graph *objects);
void type_list_release(struct type_list *list);

#endif
