/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LINE_VIEW_H
#define LEAKGRAPH_LINE_VIEW_H

/* Source lines with what they hold and allocate, function by function, as memory_profiler prints
 * them. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "analyzer/base/error.h"
#include "analyzer/model.h"
#include "report/base/style.h"

struct line_view_options {
    struct style style;
    uint64_t pid;         /* 0: all processes together */
    uint64_t top;         /* functions to show when none is named; 0: all */
    bool all_columns;     /* allocated and leaked bytes, too */
    unsigned precision;   /* decimal places */
    const char *function; /* only this one; NULL: any */
    char *const *sources; /* only these files: ends of their paths */
    size_t source_count;
};

bool line_view_write(const struct session *session, const struct line_view_options *options,
                     FILE *file, struct error *error);

#endif
