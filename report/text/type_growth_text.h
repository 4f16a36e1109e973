/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TYPE_GROWTH_TEXT_H
#define LEAKGRAPH_TYPE_GROWTH_TEXT_H

/* The difference of two sessions' object graphs, process by process. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "analyzer/model.h"
#include "report/base/style.h"

struct type_growth_text_options {
    struct style style;
    uint64_t pid, top; /* pid: of the new session; 0: all */
};

bool type_growth_text_write(const struct session *old, const struct session *new,
                            const struct type_growth_text_options *options, FILE *file,
                            struct error *error);

#endif
