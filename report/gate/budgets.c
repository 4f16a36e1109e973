/* SPDX-License-Identifier: MIT */
#include "report/gate/budgets.h"

#include <string.h>

#include "report/view/labels.h"

const struct budget_kind budget_kinds[BUDGET_MEASURES] = {
    [BUDGET_LEAKED_BYTES] = {"leaked", "leaked-bytes", FINDING_LEAK, true, true, false},
    [BUDGET_LEAKED_BLOCKS] = {"leaked blocks", "leaked-blocks", FINDING_LEAK, false, true, false},
    [BUDGET_CYCLES] = {"cycles", "cycles", FINDING_CYCLE, false, true, false},
    [BUDGET_ERRORS] = {"wrong frees", "errors", FINDING_ERROR, false, false, false},
    [BUDGET_PEAK] = {"peak", "peak-bytes", FINDING_KINDS, true, false, true},
    [BUDGET_GROWTH] = {"growth per minute", "growth", FINDING_GROWTH, true, false, true},
    [BUDGET_REAL_TIME] = {"allocations on real-time threads", "real-time-allocations",
                          FINDING_REAL_TIME, false, false, true},
    [BUDGET_PYTHON_LEAKS] = {"leaked Python objects", "python-leaks", FINDING_PYTHON_LEAK, false,
                             true, false},
    [BUDGET_PYTHON_GARBAGE] = {"cycles of Python garbage", "python-garbage", FINDING_PYTHON_GARBAGE,
                               false, true, false},
    [BUDGET_SITE] = {"leaked by this site", "site-bytes", FINDING_LEAK, true, true, false},
};

struct formatted budget_value(enum budget_measure measure, uint64_t value)
{
    return budget_kinds[measure].is_size ? format_size(value) : format_count(value);
}

static struct budgets no_budgets(void)
{
    struct budgets budgets;

    for (int i = 0; i < BUDGET_MEASURES; i++)
        budgets.limits[i] = BUDGET_NONE;
    return budgets;
}

struct budgets budgets_default(void)
{
    struct budgets budgets = no_budgets();

    budgets.limits[BUDGET_LEAKED_BLOCKS] = budgets.limits[BUDGET_CYCLES] =
        budgets.limits[BUDGET_ERRORS] = budgets.limits[BUDGET_PYTHON_LEAKS] = 0;
    return budgets;
}

void budget_plan_start(struct budget_plan *plan)
{
    plan->group_count = 1;
    plan->site_count = 0;
    plan->groups[0] = (struct budget_group){NULL, no_budgets()};
}

bool budget_plan_group(struct budget_plan *plan, const char *process)
{
    if (plan->group_count == BUDGET_GROUPS)
        return false;
    plan->groups[plan->group_count++] = (struct budget_group){process, no_budgets()};
    return true;
}

void budget_plan_limit(struct budget_plan *plan, enum budget_measure measure, uint64_t limit)
{
    plan->groups[plan->group_count - 1].budgets.limits[measure] = limit;
}

bool budget_plan_site(struct budget_plan *plan, const char *fingerprint, uint64_t bytes)
{
    struct site_budget *site = &plan->sites[plan->site_count];

    if (plan->site_count == BUDGET_SITES)
        return false;
    strcpy(site->fingerprint, fingerprint);
    site->bytes = bytes;
    plan->site_count++;
    return true;
}

const struct site_budget *budget_plan_find_site(const struct budget_plan *plan,
                                                const struct finding *finding)
{
    if (finding->kind != FINDING_LEAK)
        return NULL;
    for (size_t i = 0; i < plan->site_count; i++)
        if (strcmp(plan->sites[i].fingerprint, finding->fingerprint) == 0)
            return &plan->sites[i];
    return NULL;
}

/* Lets the limits of `over` replace others; false: it has none. */
static bool lay_over(struct budgets *budgets, const struct budgets *over)
{
    bool any = false;

    for (int i = 0; i < BUDGET_MEASURES; i++) {
        if (over->limits[i] == BUDGET_NONE)
            continue;
        budgets->limits[i] = over->limits[i];
        any = true;
    }
    return any;
}

static bool is_for(const struct budget_group *group, const struct process *process)
{
    return label_is_called(process, group->process);
}

bool budget_plan_names(const struct budget_plan *plan, size_t group, const struct process *process)
{
    return is_for(&plan->groups[group], process);
}

/* A group without limits of its own only picks processes. */
static bool picks_processes(const struct budget_plan *plan)
{
    for (size_t i = 1; i < plan->group_count; i++) {
        struct budgets none = no_budgets();

        if (!lay_over(&none, &plan->groups[i].budgets))
            return true;
    }
    return false;
}

bool budget_plan_for(const struct budget_plan *plan, const struct process *process,
                     struct budgets *budgets)
{
    bool named = plan->group_count == 1 || !picks_processes(plan), any;

    *budgets = no_budgets();
    any = lay_over(budgets, &plan->groups[0].budgets);
    for (size_t i = 1; i < plan->group_count; i++) {
        if (!is_for(&plan->groups[i], process))
            continue;
        named = true;
        any |= lay_over(budgets, &plan->groups[i].budgets);
    }
    if (!any && (plan->group_count == 1 || picks_processes(plan))) {
        *budgets = budgets_default();
        any = true;
    }
    return named && any;
}
