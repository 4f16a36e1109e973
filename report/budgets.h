/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_BUDGETS_H
#define LEAKGRAPH_BUDGETS_H

/*
 * Limits for CI. Each holds for every process by itself; a process that cannot be judged makes the
 * outcome "no verdict", unless a limit is exceeded anyway.
 *
 *     enum budget_outcome outcome = budgets_judge(&budgets, session, stdout);
 */

#include <stdint.h>
#include <stdio.h>

#include "analyzer/model.h"

#define BUDGET_NONE UINT64_MAX

struct budgets {
    uint64_t leaked_bytes, leaked_blocks, cycles, peak_bytes; /* BUDGET_NONE: not asked for */
};

enum budget_outcome { BUDGET_KEPT, BUDGET_EXCEEDED, BUDGET_NO_VERDICT };

/* When nothing was asked for: no leaked block, no cycle. */
struct budgets budgets_or_default(const struct budgets *asked);

/* One line for each exceeded budget or missing verdict, otherwise one that all is well. */
enum budget_outcome budgets_judge(const struct budgets *budgets, const struct session *session,
                                  FILE *file);

#endif
