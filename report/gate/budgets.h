/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_BUDGETS_H
#define LEAKGRAPH_BUDGETS_H

/*
 * Limits for CI, and the processes they apply to. Each applies to every process by itself.
 *
 *     struct budget_plan plan;
 *     budget_plan_start(&plan);
 *     budget_plan_group(&plan, "planner*");                       // --process
 *     budget_plan_limit(&plan, BUDGET_PEAK, 64 << 20);
 *     if (budget_plan_for(&plan, process, &budgets)) ... budgets.limits[BUDGET_PEAK] ...
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/model.h"
#include "report/base/format.h"
#include "report/gate/findings.h"

#define BUDGET_NONE UINT64_MAX

enum budget_measure {
    BUDGET_LEAKED_BYTES,
    BUDGET_LEAKED_BLOCKS,
    BUDGET_CYCLES,
    BUDGET_ERRORS,
    BUDGET_PEAK,
    BUDGET_GROWTH,         /* bytes per minute */
    BUDGET_REAL_TIME,      /* allocations */
    BUDGET_PYTHON_LEAKS,   /* objects */
    BUDGET_PYTHON_GARBAGE, /* cycles */
    BUDGET_SITE,           /* leaked bytes of one site */
    BUDGET_MEASURES,
};

struct budgets {
    uint64_t limits[BUDGET_MEASURES]; /* BUDGET_NONE: not asked for */
};

/* What a measure is called and what it counts. */
struct budget_kind {
    const char *name; /* "leaked blocks" */
    const char *id;   /* "leaked-blocks", for other programs */
    enum finding_kind finding;
    bool is_size;
    bool needs_check;  /* of the blocks, at the end of the process */
    bool needs_counts; /* wrong when events were not counted */
};
extern const struct budget_kind budget_kinds[BUDGET_MEASURES];

struct formatted budget_value(enum budget_measure measure, uint64_t value);

enum { BUDGET_GROUPS = 64, BUDGET_SITES = 256 };

struct budget_plan {
    struct budget_group {
        const char *process; /* a shell pattern; NULL: every process */
        struct budgets budgets;
    } groups[BUDGET_GROUPS];
    size_t group_count;
    struct site_budget {
        char fingerprint[FINGERPRINT_BYTES];
        uint64_t bytes;
    } sites[BUDGET_SITES];
    size_t site_count;
};

void budget_plan_start(struct budget_plan *plan);
/* The limits that follow apply to processes whose name or path matches; false: too many groups. */
bool budget_plan_group(struct budget_plan *plan, const char *process);
void budget_plan_limit(struct budget_plan *plan, enum budget_measure measure, uint64_t limit);
bool budget_plan_site(struct budget_plan *plan, const char *fingerprint, uint64_t bytes);
/* The limit of the leaking site that this finding is; NULL: it has none of its own. */
const struct site_budget *budget_plan_find_site(const struct budget_plan *plan,
                                                const struct finding *finding);

/* The default: no leaked block, no cycle, no wrong free, no leaked Python object. */
struct budgets budgets_default(void);

/*
 * The limits of a process: those before the first group, replaced by those of each group that names
 * it. False: the plan picks other processes, so this one is not judged.
 */
bool budget_plan_for(const struct budget_plan *plan, const struct process *process,
                     struct budgets *budgets);
/* Whether a group (from 1 on) names the process. */
bool budget_plan_names(const struct budget_plan *plan, size_t group, const struct process *process);

#endif
