/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DOUBTS_H
#define LEAKGRAPH_DOUBTS_H

/* Why there is no verdict on a session or on one of its processes. The arena owns the list. */

#include "analyzer/base/arena.h"
#include "report/gate/budgets.h"
#include "report/gate/subjects.h"

/* A reason why there can be no verdict on a session or a process. */
struct doubt {
    const struct subject *subject; /* NULL: a session as a whole */
    const char *text;              /* "robot (pid 12), killed by SIGKILL: ..." */
};

struct doubts {
    struct doubt *all;
    size_t count, capacity;
};

/* Adds those about the processes of a subject whose blocks had to be checked. */
void doubts_of_subject(struct doubts *doubts, struct arena *arena, const struct subject *subject);

/* `incomplete`: why sessions are missing; NULL: none is. */
void doubts_of_sessions(struct doubts *doubts, struct arena *arena,
                        const struct subjects_request *who, const struct budget_plan *plan,
                        const char *incomplete);

/* Budgets that were held against nobody. */
void doubts_of_plan(struct doubts *doubts, struct arena *arena, const struct budget_plan *plan,
                    const struct subjects *subjects, size_t judged_count);

#endif
