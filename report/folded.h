/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FOLDED_H
#define LEAKGRAPH_FOLDED_H

/*
 * Call stacks in the folded format of flame graph tools: "main;load;parse 4096", outermost first,
 * equal stacks merged, sorted. With several processes the first frame is the process.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "analyzer/model.h"

/* The order of the names in COST_NAMES. */
enum cost { COST_PEAK, COST_LEAKED, COST_ALLOCATED, COST_ALLOCATIONS, COST_TEMPORARY };
#define COST_NAMES "peak|leaked|allocated|allocations|temporary"

uint64_t cost_of_site(enum cost cost, const struct site *site);

/* pid 0: all processes. False: no such process, or out of memory. */
bool folded_write(const struct session *session, enum cost cost, uint64_t pid, FILE *file,
                  struct error *error);

#endif
