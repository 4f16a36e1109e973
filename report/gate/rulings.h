/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RULINGS_H
#define LEAKGRAPH_RULINGS_H

/* Budgets held against the findings of a process: one ruling each. The arena owns them. */

#include "analyzer/base/arena.h"
#include "report/gate/budgets.h"
#include "report/gate/subjects.h"

enum budget_outcome { BUDGET_KEPT, BUDGET_EXCEEDED, BUDGET_NO_VERDICT };
extern const char *const budget_outcome_names[]; /* "passed", "failed", "no verdict" */

/* One budget held against one subject. */
struct ruling {
    const struct subject *subject;
    enum budget_measure measure;
    enum budget_outcome outcome;
    uint64_t measured, limit;
    const struct finding *culprit; /* the biggest; NULL: see `stack` */
    const struct stack *stack;     /* where to look; NULL: unknown */
    const char *why_not;           /* of BUDGET_NO_VERDICT */
};

struct rulings {
    struct ruling *all; /* in the order of the subjects */
    size_t count, capacity;
    size_t exceeded_count;
};

/* Adds one for each budget that applies, and one for each site with a limit of its own. */
void rulings_add(struct rulings *rulings, struct arena *arena, const struct budget_plan *plan,
                 const struct budgets *budgets, struct subject *subject);

#endif
