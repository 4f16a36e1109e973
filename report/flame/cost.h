/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_COST_H
#define LEAKGRAPH_COST_H

/* What a call stack can cost, in the order of COST_NAMES and of costs[]. */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/model.h"

enum cost {
    COST_PEAK,
    COST_LEAKED,
    COST_ALLOCATED,
    COST_ALLOCATIONS,
    COST_TEMPORARY,
    COST_LIVE,
    COST_COUNT
};
#define COST_NAMES "peak|leaked|allocated|allocations|temporary|live"

struct cost_text {
    const char *name;
    const char *title; /* "bytes live at the peak" */
    bool is_bytes;     /* otherwise it counts allocations */
};
extern const struct cost_text costs[COST_COUNT];

uint64_t cost_of_site(enum cost cost, const struct site *site);

#endif
