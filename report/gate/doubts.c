/* SPDX-License-Identifier: MIT */
#include "report/gate/doubts.h"

#include "report/view/labels.h"
#include "report/view/verdict.h"

static void add(struct doubts *doubts, struct arena *arena, const struct subject *subject,
                const char *text)
{
    doubts->all =
        arena_grow(arena, doubts->all, doubts->count, &doubts->capacity, sizeof(*doubts->all));
    doubts->all[doubts->count++] = (struct doubt){subject, text};
}

/* What a killed process held at the end is unknown, whatever an earlier snapshot says. */
static const char *why_not(const struct subject *subject, size_t index)
{
    const char *reason = verdict_why_not(subject->sessions[index], subject->all[index]);

    if (!reason && subject->all[index]->ended == ENDED_KILLED)
        return "what it held at the end is unknown";
    return reason;
}

void doubts_of_subject(struct doubts *doubts, struct arena *arena, const struct subject *subject)
{
    for (size_t i = 0; i < subject->count; i++) {
        const struct process *process = subject->all[i];
        const char *reason = why_not(subject, i);

        if (reason)
            add(doubts, arena, subject,
                arena_printf(arena, "%s (pid %d), %s: %s", label_process(process).text,
                             process->pid, label_end(process).text, reason));
    }
}

/* Whoever is not to be judged need not be recorded. */
static void add_unrecorded(struct doubts *doubts, struct arena *arena,
                           const struct session *session, const struct budget_plan *plan)
{
    for (size_t i = 0; i < session->unrecorded_count; i++) {
        const struct unrecorded *one = &session->unrecorded[i];
        struct label text = verdict_unrecorded(one);
        struct budgets budgets;

        if (budget_plan_for(plan, &one->process, &budgets))
            add(doubts, arena, NULL, arena_printf(arena, "%s", text.text));
    }
}

void doubts_of_sessions(struct doubts *doubts, struct arena *arena,
                        const struct subjects_request *who, const struct budget_plan *plan,
                        const char *incomplete)
{
    if (incomplete)
        add(doubts, arena, NULL, incomplete);
    for (size_t i = 0; i < who->session_count; i++) {
        const struct session *session = who->sessions[i];

        add_unrecorded(doubts, arena, session, plan);
        for (size_t k = 0; k < session->damaged_count; k++)
            add(doubts, arena, NULL, session->damaged[k].message);
        if (!session->process_count && !session->damaged_count)
            add(doubts, arena, NULL, "nothing was recorded");
    }
}

static bool is_recorded(const struct budget_plan *plan, const struct subjects *subjects,
                        size_t group)
{
    for (size_t i = 0; i < subjects->count; i++)
        for (size_t k = 0; k < subjects->all[i].count; k++)
            if (budget_plan_names(plan, group, subjects->all[i].all[k]))
                return true;
    return false;
}

/* A name may be misspelt, or a process never started: such a budget is not kept. */
void doubts_of_plan(struct doubts *doubts, struct arena *arena, const struct budget_plan *plan,
                    const struct subjects *subjects, size_t judged_count)
{
    for (size_t group = 1; group < plan->group_count; group++)
        if (!is_recorded(plan, subjects, group))
            add(doubts, arena, NULL,
                arena_printf(arena, "no process called '%.200s' was recorded",
                             plan->groups[group].process));
    if (!judged_count && !doubts->count)
        add(doubts, arena, NULL, "no process is to be judged");
}
