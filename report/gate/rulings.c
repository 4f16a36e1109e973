/* SPDX-License-Identifier: MIT */
#include "report/gate/rulings.h"

#include "report/base/format.h"
#include "report/view/verdict.h"

const char *const budget_outcome_names[] = {"passed", "failed", "no verdict"};

/* What a budget is held against: one subject, by one plan. */
struct hearing {
    struct rulings *rulings;
    struct arena *arena;
    const struct budget_plan *plan;
    struct subject *subject;
};

static uint64_t sum_findings(const struct hearing *hearing, enum budget_measure measure)
{
    const struct findings *findings = &hearing->subject->findings;
    uint64_t sum = 0;

    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->all[i];

        if (finding->kind == budget_kinds[measure].finding &&
            !budget_plan_find_site(hearing->plan, finding))
            sum += budget_kinds[measure].is_size ? finding->counted.bytes : finding->counted.count;
    }
    return sum;
}

static uint64_t measure_of(const struct hearing *hearing, enum budget_measure measure)
{
    switch (measure) {
    case BUDGET_PEAK:
        return hearing->subject->peak_bytes;
    case BUDGET_GROWTH:
        return hearing->subject->growth_bytes;
    default:
        return sum_findings(hearing, measure);
    }
}

static const struct finding *biggest(const struct hearing *hearing, enum finding_kind kind)
{
    const struct findings *findings = &hearing->subject->findings;
    const struct finding *found = NULL;

    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->all[i];

        if (finding->kind == kind && (finding->counted.count || finding->counted.bytes) &&
            !budget_plan_find_site(hearing->plan, finding) &&
            (!found || finding_is_bigger(finding, found)))
            found = finding;
    }
    return found;
}

static struct ruling *add(const struct hearing *hearing, enum budget_measure measure,
                          uint64_t measured, uint64_t limit)
{
    struct rulings *rulings = hearing->rulings;
    struct ruling *ruling;

    rulings->all = arena_grow(hearing->arena, rulings->all, rulings->count, &rulings->capacity,
                              sizeof(*rulings->all));
    ruling = &rulings->all[rulings->count++];
    *ruling = (struct ruling){.subject = hearing->subject,
                              .measure = measure,
                              .outcome = measured > limit ? BUDGET_EXCEEDED : BUDGET_KEPT,
                              .measured = measured,
                              .limit = limit};
    rulings->exceeded_count += measured > limit;
    return ruling;
}

/* --- budgets that no one can say are kept --- */

static const char *why_not_counted(const struct hearing *hearing)
{
    const struct subject *subject = hearing->subject;

    for (size_t i = 0; i < subject->count; i++)
        for (size_t k = 0; k < subject->all[i]->drop_count; k++)
            if (subject->all[i]->drops[k].from_counts)
                return arena_printf(hearing->arena, "%s (%llu)", subject->all[i]->drops[k].what,
                                    (unsigned long long)subject->all[i]->drops[k].count);
    return NULL;
}

static const char *why_no_growth(const struct hearing *hearing)
{
    const struct subject *subject = hearing->subject;

    for (size_t i = 0; i < subject->count; i++)
        if (subject->all[i]->timeline_why_not)
            return subject->all[i]->timeline_why_not;
    return subject->process->timeline
               ? arena_printf(hearing->arena, "the run was too short to tell (%s)",
                              format_duration(subject->process->duration_ns).text)
               : "its memory over time was not recorded";
}

static const char *why_not_python(const struct hearing *hearing)
{
    const struct subject *subject = hearing->subject;

    for (size_t i = 0; i < subject->count; i++)
        if (verdict_why_not_python(subject->all[i]))
            return arena_printf(hearing->arena, "not checked: %s",
                                verdict_why_not_python(subject->all[i]));
    return NULL;
}

static bool is_of_python(enum budget_measure measure)
{
    return measure == BUDGET_PYTHON_LEAKS || measure == BUDGET_PYTHON_GARBAGE;
}

static const char *why_no_ruling(const struct hearing *hearing, enum budget_measure measure)
{
    if (measure == BUDGET_GROWTH && !hearing->subject->knows_growth)
        return why_no_growth(hearing);
    if (is_of_python(measure))
        return why_not_python(hearing);
    return budget_kinds[measure].needs_counts ? why_not_counted(hearing) : NULL;
}

/* --- rulings --- */

static void rule(const struct hearing *hearing, enum budget_measure measure, uint64_t limit)
{
    struct ruling *ruling = add(hearing, measure, measure_of(hearing, measure), limit);
    const struct process *process = hearing->subject->process;

    if (measure == BUDGET_PEAK && process->site_count)
        ruling->stack = &process->sites[0].stack;
    else if (budget_kinds[measure].finding != FINDING_KINDS)
        ruling->culprit = biggest(hearing, budget_kinds[measure].finding);
    if (ruling->culprit)
        ruling->stack = ruling->culprit->stack;
    if (ruling->outcome == BUDGET_KEPT)
        ruling->why_not = why_no_ruling(hearing, measure);
    if (ruling->why_not)
        ruling->outcome = BUDGET_NO_VERDICT;
}

/* Sites with limits of their own; the baseline does not count here either. */
static void rule_sites(const struct hearing *hearing)
{
    const struct findings *findings = &hearing->subject->findings;

    for (size_t i = 0; i < findings->count; i++) {
        struct finding *finding = &findings->all[i];
        const struct site_budget *site = budget_plan_find_site(hearing->plan, finding);
        struct ruling *ruling;

        if (!site)
            continue;
        ruling = add(hearing, BUDGET_SITE, finding->counted.bytes, site->bytes);
        ruling->culprit = finding;
        ruling->stack = finding->stack;
        finding->offends = ruling->outcome == BUDGET_EXCEEDED;
    }
}

static bool has_python(const struct subject *subject)
{
    for (size_t i = 0; i < subject->count; i++)
        if (subject->all[i]->python)
            return true;
    return false;
}

/* Budgets for Python do not apply to other programs. */
static bool applies(const struct subject *subject, enum budget_measure measure)
{
    return !is_of_python(measure) || has_python(subject);
}

void rulings_add(struct rulings *rulings, struct arena *arena, const struct budget_plan *plan,
                 const struct budgets *budgets, struct subject *subject)
{
    const struct hearing hearing = {rulings, arena, plan, subject};

    for (int i = 0; i < BUDGET_MEASURES; i++)
        if (budgets->limits[i] != BUDGET_NONE && applies(subject, (enum budget_measure)i))
            rule(&hearing, (enum budget_measure)i, budgets->limits[i]);
    rule_sites(&hearing);
}
