/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OFFENCES_H
#define LEAKGRAPH_OFFENCES_H

/* The findings to blame for exceeded budgets. The arena owns the list. */

#include "analyzer/base/arena.h"
#include "report/gate/rulings.h"
#include "report/gate/subjects.h"

/* A finding that is to blame for an exceeded budget. */
struct offence {
    const struct subject *subject;
    const struct finding *finding;
};

struct offences {
    struct offence *all; /* the biggest of each subject first */
    size_t count, capacity;
};

/* Marks the findings of the subjects that offend, and lists them. */
void offences_find(struct offences *offences, struct arena *arena, const struct budget_plan *plan,
                   const struct subjects *subjects, const struct rulings *rulings);

#endif
