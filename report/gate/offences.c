/* SPDX-License-Identifier: MIT */
#include "report/gate/offences.h"

#include <stdlib.h>

static bool is_exceeded(const struct rulings *rulings, const struct subject *subject,
                        enum finding_kind kind)
{
    for (size_t i = 0; i < rulings->count; i++) {
        const struct ruling *ruling = &rulings->all[i];

        if (ruling->subject == subject && ruling->measure != BUDGET_SITE &&
            ruling->outcome == BUDGET_EXCEEDED && budget_kinds[ruling->measure].finding == kind)
            return true;
    }
    return false;
}

static bool is_counted(const struct budget_plan *plan, const struct finding *finding)
{
    return (finding->counted.count || finding->counted.bytes) &&
           !budget_plan_find_site(plan, finding);
}

/*
 * Blocks that a leaked block or a cycle holds are not to blame themselves, unless nothing else
 * explains the leaked bytes, as when their holders are in the baseline.
 */
static void blame(const struct budget_plan *plan, const struct rulings *rulings,
                  const struct subject *subject)
{
    bool exceeded[FINDING_KINDS], explained = false;

    for (int kind = 0; kind < FINDING_KINDS; kind++)
        exceeded[kind] = is_exceeded(rulings, subject, (enum finding_kind)kind);
    exceeded[FINDING_CYCLE] |= exceeded[FINDING_LEAK];
    for (size_t i = 0; i < subject->findings.count; i++) {
        struct finding *finding = &subject->findings.all[i];

        if (!exceeded[finding->kind] || !is_counted(plan, finding) ||
            (finding->kind == FINDING_LEAK && !finding->direct_blocks))
            continue;
        finding->offends = true;
        explained |= finding->kind == FINDING_LEAK || finding->kind == FINDING_CYCLE;
    }
    for (size_t i = 0; i < subject->findings.count && !explained; i++) {
        struct finding *finding = &subject->findings.all[i];

        if (finding->kind == FINDING_LEAK && exceeded[FINDING_LEAK] && is_counted(plan, finding))
            finding->offends = true;
    }
}

static int compare(const void *left, const void *right)
{
    const struct offence *one = left, *other = right;

    if (one->subject != other->subject)
        return one->subject < other->subject ? -1 : 1;
    if (finding_is_bigger(one->finding, other->finding))
        return -1;
    return finding_is_bigger(other->finding, one->finding)
               ? 1
               : findings_compare(one->finding, other->finding);
}

static void list(struct offences *offences, struct arena *arena, const struct subject *subject)
{
    for (size_t i = 0; i < subject->findings.count; i++) {
        if (!subject->findings.all[i].offends)
            continue;
        offences->all = arena_grow(arena, offences->all, offences->count, &offences->capacity,
                                   sizeof(*offences->all));
        offences->all[offences->count++] = (struct offence){subject, &subject->findings.all[i]};
    }
}

void offences_find(struct offences *offences, struct arena *arena, const struct budget_plan *plan,
                   const struct subjects *subjects, const struct rulings *rulings)
{
    for (size_t i = 0; i < subjects->count; i++) {
        blame(plan, rulings, &subjects->all[i]);
        list(offences, arena, &subjects->all[i]);
    }
    if (offences->count)
        qsort(offences->all, offences->count, sizeof(*offences->all), compare);
}
