/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GATE_RUN_H
#define LEAKGRAPH_GATE_RUN_H

/*
 * What `gate` and `check` do with their sessions: judge them by the options, write the verdict in
 * every format asked for, and keep the baseline.
 *
 *     struct gate_run run = {.file = stdout};
 *     gate_run_load(&run, path) for each session
 *     status = gate_run_judge(&run);
 *     gate_run_release(&run);
 */

#include <stdio.h>

#include "analyzer/model.h"
#include "report/gate/judgement.h"

struct gate_run {
    FILE *file;    /* where the verdict is written */
    bool repeated; /* the sessions are runs of one program */
    struct session **sessions;
    size_t session_count;
    struct error incomplete; /* why a session is missing; empty: none is */
    enum budget_outcome outcome;
};

/* False, with a complaint, if the baseline cannot be read: better known before a long run. */
bool gate_run_is_possible(void);

/* Adds a session; one that cannot be read means no verdict. */
void gate_run_load(struct gate_run *run, const char *path);

/* Finds two sessions of the same run, which would count every finding twice; false: there are none.
 */
bool gate_run_same(const struct gate_run *run, size_t *one, size_t *other);

/* Sets the outcome and returns the exit status. */
int gate_run_judge(struct gate_run *run);
void gate_run_release(struct gate_run *run);

#endif
