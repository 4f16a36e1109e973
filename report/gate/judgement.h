/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_JUDGEMENT_H
#define LEAKGRAPH_JUDGEMENT_H

/*
 * The judgement of `gate` and `check`: every budget held against every process, with all that was
 * left out and why. The writers of text, JUnit, SARIF and the others only show it; they decide
 * nothing.
 *
 *     struct judgement *judgement = judgement_new(&request, &error);
 *     gate_text_write(judgement, stdout);
 *     judgement_free(judgement);        (the sessions and the baseline are the caller's)
 */

#include "analyzer/sites/suppression_rules.h"
#include "report/gate/baseline.h"
#include "report/gate/doubts.h"
#include "report/gate/offences.h"
#include "report/gate/rulings.h"
#include "report/gate/subjects.h"

struct judgement_request {
    struct subjects_request who;
    const struct budget_plan *plan;
    struct baseline *baseline;             /* NULL: none; its entries are marked as seen */
    const struct suppression_rules *rules; /* NULL: none; with their hits */
    const char *incomplete;                /* why sessions are missing; NULL: they are not */
};

struct judgement {
    enum budget_outcome outcome;
    struct subjects subjects;
    const struct ruling *rulings; /* in the order of the subjects */
    size_t ruling_count, exceeded_count;
    const struct offence *offences; /* the biggest of each subject first */
    size_t offence_count;
    const struct doubt *doubts;
    size_t doubt_count;
    size_t judged_count;               /* subjects with budgets */
    struct amount suppressed;          /* by rules, and what those blocks hold */
    const struct suppression *builtin; /* built-in ones that applied, in all processes together */
    size_t builtin_count;
    struct quantity baselined, flaky; /* leaked blocks and bytes that do not count */
    unsigned runs, needed;            /* 1 when nothing is repeated */
    size_t session_count;
    const char *session_path;              /* the first one's */
    const struct baseline *baseline;       /* the request's */
    const struct suppression_rules *rules; /* with their hits */
    struct real_time_names real_time;      /* the request's */
    void *owned;
};

/* NULL with `error` out of memory only. */
struct judgement *judgement_new(const struct judgement_request *request, struct error *error);
void judgement_free(struct judgement *judgement);

/* Whether only some of the runs showed the finding. */
bool judgement_is_flaky(const struct judgement *judgement, const struct finding *finding);

/* The most of it that any one run showed. */
struct quantity judgement_largest(const struct judgement *judgement, const struct finding *finding);

/* Makes everything found that has a budget known. False: out of memory. */
bool judgement_teach(const struct judgement *judgement, struct baseline *baseline);

#endif
