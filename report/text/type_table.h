/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TYPE_TABLE_H
#define LEAKGRAPH_TYPE_TABLE_H

/*
 * The most common types, as objgraph and guppy show them:
 *
 *        blocks      bytes   retained  type
 *         1,000   31.2 KiB   93.7 KiB  struct item
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "analyzer/model.h"
#include "report/base/style.h"

enum type_order { TYPES_BY_BYTES, TYPES_BY_BLOCKS, TYPES_BY_RETAINED, TYPES_BY_NAME };

struct type_table_options {
    struct style style;
    uint64_t pid, top; /* pid 0: all processes */
    unsigned order;    /* enum type_order */
    bool stack_only;   /* what only thread stacks and registers keep alive */
};

/* False: there is no process with that pid, or no object graph in any. */
bool type_table_write(const struct session *session, const struct type_table_options *options,
                      FILE *file, struct error *error);

#endif
