/* SPDX-License-Identifier: MIT */
#include "report/budgets.h"

#include <stdbool.h>
#include <stddef.h>

#include "report/format.h"
#include "report/labels.h"
#include "report/verdict.h"

static uint64_t leaked_bytes_of(const struct process *process)
{
    return process->leaks.all.bytes;
}

static uint64_t leaked_blocks_of(const struct process *process)
{
    return process->leaks.all.blocks;
}

static uint64_t cycles_of(const struct process *process)
{
    return process->cycles_total;
}

static uint64_t peak_bytes_of(const struct process *process)
{
    return process->totals.peak_bytes;
}

static const struct site *biggest_leak(const struct process *process)
{
    return process->leaks.site_count ? process->leaks.sites[0].site : NULL;
}

static const struct site *biggest_cycle(const struct process *process)
{
    const struct cycle *cycle = process->cycle_count ? process->cycles : NULL;

    return cycle && cycle->member_count ? cycle->members[0].site : NULL;
}

static const struct site *biggest_at_peak(const struct process *process)
{
    return process->site_count ? process->sites : NULL;
}

/* What each budget measures, and which site to show for it. */
static const struct measure {
    const char *name;
    size_t limit; /* offset in struct budgets */
    bool is_size, needs_check;
    uint64_t (*measured)(const struct process *);
    const struct site *(*culprit)(const struct process *);
} measures[] = {
    {"leaked", offsetof(struct budgets, leaked_bytes), true, true, leaked_bytes_of, biggest_leak},
    {"leaked blocks", offsetof(struct budgets, leaked_blocks), false, true, leaked_blocks_of,
     biggest_leak},
    {"cycles", offsetof(struct budgets, cycles), false, true, cycles_of, biggest_cycle},
    {"peak", offsetof(struct budgets, peak_bytes), true, false, peak_bytes_of, biggest_at_peak},
};
enum { MEASURES = sizeof(measures) / sizeof(measures[0]) };

static uint64_t limit_of(const struct budgets *budgets, const struct measure *measure)
{
    return *(const uint64_t *)((const char *)budgets + measure->limit);
}

struct budgets budgets_or_default(const struct budgets *asked)
{
    struct budgets budgets = *asked;
    bool any = false;

    for (size_t i = 0; i < MEASURES; i++)
        any |= limit_of(asked, &measures[i]) != BUDGET_NONE;
    if (!any)
        budgets.leaked_blocks = budgets.cycles = 0;
    return budgets;
}

static struct formatted value(const struct measure *measure, uint64_t number)
{
    return measure->is_size ? format_size(number) : format_count(number);
}

/* "make_nodes (robot.cpp:30): leaked blocks 40, allowed 0; robot (pid 123)" */
static bool judge(const struct measure *measure, uint64_t limit, const struct process *process,
                  FILE *file)
{
    uint64_t measured = measure->measured(process);

    if (limit == BUDGET_NONE || measured <= limit)
        return true;
    fprintf(file, "%s: %s %s, allowed %s; %s (pid %d)\n",
            label_site(measure->culprit(process)).text, measure->name,
            value(measure, measured).text, value(measure, limit).text, label_process(process).text,
            process->pid);
    return false;
}

static bool judge_process(const struct budgets *budgets, const struct process *process, FILE *file)
{
    bool kept = true;

    for (size_t i = 0; i < MEASURES; i++)
        kept &= judge(&measures[i], limit_of(budgets, &measures[i]), process, file);
    return kept;
}

static bool needs_check(const struct budgets *budgets)
{
    for (size_t i = 0; i < MEASURES; i++)
        if (measures[i].needs_check && limit_of(budgets, &measures[i]) != BUDGET_NONE)
            return true;
    return false;
}

/* What a killed process held was not looked at, whatever an earlier snapshot of it said. */
static bool is_judgeable(const struct session *session, const struct process *process, FILE *file)
{
    const char *why_not = verdict_why_not(session, process);

    if (!why_not && process->ended == ENDED_KILLED)
        why_not = "what it held at the end is unknown";
    if (why_not)
        fprintf(file, "no verdict: %s (pid %d), %s: %s\n", label_process(process).text,
                process->pid, label_end(process).text, why_not);
    return !why_not;
}

enum budget_outcome budgets_judge(const struct budgets *budgets, const struct session *session,
                                  FILE *file)
{
    bool kept = true, judgeable = session->process_count > 0;

    for (size_t i = 0; i < session->process_count; i++)
        kept &= judge_process(budgets, &session->processes[i], file);
    for (size_t i = 0; i < session->process_count && needs_check(budgets); i++)
        judgeable &= is_judgeable(session, &session->processes[i], file);
    for (size_t i = 0; i < session->damaged_count; i++)
        fprintf(file, "no verdict: %s\n", session->damaged[i].message);
    if (session->damaged_count)
        judgeable = false;
    if (!kept)
        return BUDGET_EXCEEDED;
    if (!judgeable)
        return BUDGET_NO_VERDICT;
    fprintf(file, "within all budgets: %s\n",
            format_plural(session->process_count, "process").text);
    return BUDGET_KEPT;
}
