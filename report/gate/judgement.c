/* SPDX-License-Identifier: MIT */
#include "report/gate/judgement.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/view/labels.h"
#include "report/view/verdict.h"

const char *const budget_outcome_names[] = {"passed", "failed", "no verdict"};

struct owned {
    struct judgement judgement;
    jmp_buf out_of_memory;
    struct arena *arena;
    const struct judgement_request *request;
    struct ruling *rulings;
    size_t ruling_capacity;
    struct doubt *doubts;
    size_t doubt_capacity;
    struct offence *offences;
    size_t offence_capacity;
};

/* --- findings against the baseline --- */

static uint64_t without(uint64_t all, uint64_t known)
{
    return all > known ? all - known : 0;
}

static void compare_with_baseline(struct owned *owned, const struct subject *subject,
                                  struct finding *finding)
{
    const struct baseline_entry *entry;

    finding->counted = finding->all;
    if (!owned->request->baseline)
        return;
    entry = finding->entry = baseline_find(owned->request->baseline, finding, subject->process);
    if (!entry || entry->expired)
        return;
    finding->counted.count = entry->has_count ? without(finding->all.count, entry->limit.count) : 0;
    finding->counted.bytes = entry->has_bytes ? without(finding->all.bytes, entry->limit.bytes) : 0;
    if (entry->has_count && !entry->has_bytes && finding->counted.count) /* in proportion */
        finding->counted.bytes =
            (uint64_t)((double)finding->all.bytes / (double)finding->all.count *
                       (double)finding->counted.count);
    finding->known.count = finding->all.count - finding->counted.count;
    finding->known.bytes = finding->all.bytes - finding->counted.bytes;
}

/* The largest of any run: what it would count for if it repeated. */
struct quantity judgement_largest(const struct judgement *judgement, const struct finding *finding)
{
    struct quantity largest = {0, 0};

    for (unsigned run = 0; run < judgement->runs; run++) {
        if (largest.count < finding->by_run[run].count)
            largest.count = finding->by_run[run].count;
        if (largest.bytes < finding->by_run[run].bytes)
            largest.bytes = finding->by_run[run].bytes;
    }
    return largest;
}

static void sum_left_out(struct judgement *judgement, const struct finding *finding)
{
    struct quantity most = judgement_largest(judgement, finding);

    if (finding->kind != FINDING_LEAK)
        return;
    judgement->baselined.count += finding->known.count;
    judgement->baselined.bytes += finding->known.bytes;
    judgement->flaky.count += most.count - finding->all.count;
    judgement->flaky.bytes += most.bytes - finding->all.bytes;
}

bool judgement_is_flaky(const struct judgement *judgement, const struct finding *finding)
{
    return finding->seen < judgement->runs;
}

/* --- rulings --- */

static bool has_own_budget(const struct owned *owned, const struct finding *finding)
{
    return finding->kind == FINDING_LEAK &&
           budget_plan_find_site(owned->request->plan, finding->fingerprint);
}

static uint64_t sum_findings(const struct owned *owned, const struct subject *subject,
                             enum budget_measure measure)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < subject->findings.count; i++) {
        const struct finding *finding = &subject->findings.all[i];

        if (finding->kind == budget_kinds[measure].finding && !has_own_budget(owned, finding))
            sum += budget_kinds[measure].is_size ? finding->counted.bytes : finding->counted.count;
    }
    return sum;
}

static uint64_t measure_of(const struct owned *owned, const struct subject *subject,
                           enum budget_measure measure)
{
    switch (measure) {
    case BUDGET_PEAK:
        return subject->peak_bytes;
    case BUDGET_GROWTH:
        return subject->growth_bytes;
    default:
        return sum_findings(owned, subject, measure);
    }
}

/* What a site lost counts first, then what it holds. */
static bool is_bigger(const struct finding *one, const struct finding *other)
{
    bool one_direct = one->direct_blocks > 0, other_direct = other->direct_blocks > 0;

    if (one->kind == FINDING_LEAK && one_direct != other_direct)
        return one_direct;
    if ((one->kind == FINDING_REAL_TIME) != (other->kind == FINDING_REAL_TIME))
        return other->kind == FINDING_REAL_TIME;
    if (one->kind == FINDING_REAL_TIME && one->counted.count != other->counted.count)
        return one->counted.count > other->counted.count; /* each may wait, whatever its size */
    if (one->retained_bytes != other->retained_bytes)
        return one->retained_bytes > other->retained_bytes;
    if (one->counted.bytes != other->counted.bytes)
        return one->counted.bytes > other->counted.bytes;
    return one->counted.count > other->counted.count;
}

static const struct finding *biggest(const struct owned *owned, const struct subject *subject,
                                     enum finding_kind kind)
{
    const struct finding *found = NULL;

    for (size_t i = 0; i < subject->findings.count; i++) {
        const struct finding *finding = &subject->findings.all[i];

        if (finding->kind == kind && (finding->counted.count || finding->counted.bytes) &&
            !has_own_budget(owned, finding) && (!found || is_bigger(finding, found)))
            found = finding;
    }
    return found;
}

static struct ruling *add_ruling(struct owned *owned, const struct subject *subject,
                                 enum budget_measure measure, uint64_t measured, uint64_t limit)
{
    struct judgement *judgement = &owned->judgement;
    struct ruling *ruling;

    owned->rulings = arena_grow(owned->arena, owned->rulings, judgement->ruling_count,
                                &owned->ruling_capacity, sizeof(*owned->rulings));
    ruling = &owned->rulings[judgement->ruling_count++];
    *ruling = (struct ruling){.subject = subject,
                              .measure = measure,
                              .outcome = measured > limit ? BUDGET_EXCEEDED : BUDGET_KEPT,
                              .measured = measured,
                              .limit = limit};
    judgement->rulings = owned->rulings;
    judgement->exceeded_count += measured > limit;
    return ruling;
}

static const char *why_not_counted(struct owned *owned, const struct subject *subject)
{
    for (size_t i = 0; i < subject->count; i++)
        for (size_t k = 0; k < subject->all[i]->drop_count; k++)
            if (subject->all[i]->drops[k].from_counts)
                return arena_printf(owned->arena, "%s (%llu)", subject->all[i]->drops[k].what,
                                    (unsigned long long)subject->all[i]->drops[k].count);
    return NULL;
}

static const char *why_no_growth(struct owned *owned, const struct subject *subject)
{
    for (size_t i = 0; i < subject->count; i++)
        if (subject->all[i]->timeline_why_not)
            return subject->all[i]->timeline_why_not;
    return subject->process->timeline
               ? arena_printf(owned->arena, "the run was too short to tell (%s)",
                              format_duration(subject->process->duration_ns).text)
               : "its course in time was not recorded";
}

static const char *why_no_ruling(struct owned *owned, const struct subject *subject,
                                 enum budget_measure measure)
{
    if (measure == BUDGET_GROWTH && !subject->knows_growth)
        return why_no_growth(owned, subject);
    return budget_kinds[measure].needs_counts ? why_not_counted(owned, subject) : NULL;
}

static void rule(struct owned *owned, const struct subject *subject, enum budget_measure measure,
                 uint64_t limit)
{
    struct ruling *ruling =
        add_ruling(owned, subject, measure, measure_of(owned, subject, measure), limit);

    if (measure == BUDGET_PEAK && subject->process->site_count)
        ruling->stack = &subject->process->sites[0].stack;
    else if (budget_kinds[measure].finding != FINDING_KINDS)
        ruling->culprit = biggest(owned, subject, budget_kinds[measure].finding);
    if (ruling->culprit)
        ruling->stack = ruling->culprit->stack;
    if (ruling->outcome == BUDGET_KEPT)
        ruling->why_not = why_no_ruling(owned, subject, measure);
    if (ruling->why_not)
        ruling->outcome = BUDGET_NO_VERDICT;
}

/* Sites with a limit of their own; what is in the baseline does not count here either. */
static void rule_sites(struct owned *owned, const struct subject *subject)
{
    for (size_t i = 0; i < subject->findings.count; i++) {
        struct finding *finding = &subject->findings.all[i];
        const struct site_budget *site =
            budget_plan_find_site(owned->request->plan, finding->fingerprint);
        struct ruling *ruling;

        if (finding->kind != FINDING_LEAK || !site)
            continue;
        ruling = add_ruling(owned, subject, BUDGET_SITE, finding->counted.bytes, site->bytes);
        ruling->culprit = finding;
        ruling->stack = finding->stack;
        finding->offends = ruling->outcome == BUDGET_EXCEEDED;
    }
}

/* --- which findings are to blame --- */

static bool is_exceeded(const struct owned *owned, const struct subject *subject,
                        enum finding_kind kind)
{
    const struct judgement *judgement = &owned->judgement;

    for (size_t i = 0; i < judgement->ruling_count; i++)
        if (judgement->rulings[i].subject == subject &&
            judgement->rulings[i].measure != BUDGET_SITE &&
            judgement->rulings[i].outcome == BUDGET_EXCEEDED &&
            budget_kinds[judgement->rulings[i].measure].finding == kind)
            return true;
    return false;
}

static bool is_counted(const struct owned *owned, const struct finding *finding)
{
    return (finding->counted.count || finding->counted.bytes) && !has_own_budget(owned, finding);
}

/*
 * Blocks that a leaked block or a cycle holds are not to blame themselves: only when nothing else
 * explains the leaked bytes, as what holds them is in the baseline.
 */
static void blame(struct owned *owned, const struct subject *subject)
{
    bool exceeded[FINDING_KINDS], explained = false;

    for (int kind = 0; kind < FINDING_KINDS; kind++)
        exceeded[kind] = is_exceeded(owned, subject, (enum finding_kind)kind);
    exceeded[FINDING_CYCLE] |= exceeded[FINDING_LEAK];
    for (size_t i = 0; i < subject->findings.count; i++) {
        struct finding *finding = &subject->findings.all[i];

        if (!exceeded[finding->kind] || !is_counted(owned, finding) ||
            (finding->kind == FINDING_LEAK && !finding->direct_blocks))
            continue;
        finding->offends = true;
        explained |= finding->kind == FINDING_LEAK || finding->kind == FINDING_CYCLE;
    }
    for (size_t i = 0; i < subject->findings.count && !explained; i++) {
        struct finding *finding = &subject->findings.all[i];

        if (finding->kind == FINDING_LEAK && exceeded[FINDING_LEAK] && is_counted(owned, finding))
            finding->offends = true;
    }
}

static int compare_offences(const void *left, const void *right)
{
    const struct offence *one = left, *other = right;

    if (one->subject != other->subject)
        return one->subject < other->subject ? -1 : 1;
    if (is_bigger(one->finding, other->finding))
        return -1;
    return is_bigger(other->finding, one->finding) ? 1
                                                   : findings_compare(one->finding, other->finding);
}

static void list_offences(struct owned *owned)
{
    struct judgement *judgement = &owned->judgement;

    for (size_t i = 0; i < judgement->subjects.count; i++) {
        const struct subject *subject = &judgement->subjects.all[i];

        for (size_t k = 0; k < subject->findings.count; k++) {
            if (!subject->findings.all[k].offends)
                continue;
            owned->offences = arena_grow(owned->arena, owned->offences, judgement->offence_count,
                                         &owned->offence_capacity, sizeof(*owned->offences));
            owned->offences[judgement->offence_count++] =
                (struct offence){subject, &subject->findings.all[k]};
        }
    }
    if (judgement->offence_count)
        qsort(owned->offences, judgement->offence_count, sizeof(*owned->offences),
              compare_offences);
    judgement->offences = owned->offences;
}

/* --- doubts --- */

static void add_doubt(struct owned *owned, const struct subject *subject, const char *text)
{
    owned->doubts = arena_grow(owned->arena, owned->doubts, owned->judgement.doubt_count,
                               &owned->doubt_capacity, sizeof(*owned->doubts));
    owned->doubts[owned->judgement.doubt_count++] = (struct doubt){subject, text};
    owned->judgement.doubts = owned->doubts;
}

/* What a killed process held was not looked at, whatever an earlier snapshot of it said. */
static void doubt_process(struct owned *owned, const struct subject *subject, size_t index)
{
    const struct process *process = subject->all[index];
    const char *why_not = verdict_why_not(subject->sessions[index], process);

    if (!why_not && process->ended == ENDED_KILLED)
        why_not = "what it held at the end is unknown";
    if (why_not)
        add_doubt(owned, subject,
                  arena_printf(owned->arena, "%s (pid %d), %s: %s", label_process(process).text,
                               process->pid, label_end(process).text, why_not));
}

static void doubt_sessions(struct owned *owned)
{
    const struct subjects_request *who = &owned->request->who;

    if (owned->request->incomplete)
        add_doubt(owned, NULL, owned->request->incomplete);
    for (size_t i = 0; i < who->session_count; i++) {
        const struct session *session = who->sessions[i];

        for (size_t k = 0; k < session->damaged_count; k++)
            add_doubt(owned, NULL, session->damaged[k].message);
        if (!session->process_count && !session->damaged_count)
            add_doubt(owned, NULL, "nothing was recorded");
    }
}

static bool is_recorded(const struct owned *owned, size_t group)
{
    const struct subjects *subjects = &owned->judgement.subjects;

    for (size_t i = 0; i < subjects->count; i++)
        for (size_t k = 0; k < subjects->all[i].count; k++)
            if (budget_plan_names(owned->request->plan, group, subjects->all[i].all[k]))
                return true;
    return false;
}

/* A budget that was held against nobody is not kept: a name may be misspelt, or a process never
 * started. */
static void doubt_names(struct owned *owned)
{
    const struct budget_plan *plan = owned->request->plan;

    for (size_t group = 1; group < plan->group_count; group++)
        if (!is_recorded(owned, group))
            add_doubt(owned, NULL,
                      arena_printf(owned->arena, "no process called '%.200s' was recorded",
                                   plan->groups[group].process));
    if (!owned->judgement.judged_count && !owned->judgement.doubt_count)
        add_doubt(owned, NULL, "no process is to be judged");
}

/* --- all together --- */

static bool needs_check(const struct owned *owned, const struct budgets *budgets)
{
    for (int i = 0; i < BUDGET_MEASURES; i++)
        if (budget_kinds[i].needs_check && budgets->limits[i] != BUDGET_NONE)
            return true;
    return owned->request->plan->site_count > 0;
}

static bool has_python(const struct subject *subject)
{
    for (size_t i = 0; i < subject->count; i++)
        if (subject->all[i]->python)
            return true;
    return false;
}

/* Budgets of Python say nothing of other programs. */
static bool is_ruled(const struct subject *subject, const struct budgets *budgets,
                     enum budget_measure measure)
{
    bool of_python = measure == BUDGET_PYTHON_LEAKS || measure == BUDGET_PYTHON_GARBAGE;

    return budgets->limits[measure] != BUDGET_NONE && (!of_python || has_python(subject));
}

static void judge_subject(struct owned *owned, struct subject *subject)
{
    struct budgets budgets;

    if (!budget_plan_for(owned->request->plan, subject->process, &budgets))
        return;
    owned->judgement.judged_count++;
    for (size_t i = 0; i < subject->findings.count; i++) {
        compare_with_baseline(owned, subject, &subject->findings.all[i]);
        sum_left_out(&owned->judgement, &subject->findings.all[i]);
    }
    for (int i = 0; i < BUDGET_MEASURES; i++)
        if (is_ruled(subject, &budgets, (enum budget_measure)i))
            rule(owned, subject, (enum budget_measure)i, budgets.limits[i]);
    rule_sites(owned, subject);
    blame(owned, subject);
    for (size_t i = 0; i < subject->count && needs_check(owned, &budgets); i++)
        doubt_process(owned, subject, i);
}

static void sum_suppressed(struct judgement *judgement, const struct subjects_request *who)
{
    for (size_t i = 0; i < who->session_count; i++) {
        for (size_t k = 0; k < who->sessions[i]->process_count; k++) {
            const struct amount *suppressed = &who->sessions[i]->processes[k].leaks.suppressed;

            judgement->suppressed.blocks += suppressed->blocks;
            judgement->suppressed.bytes += suppressed->bytes;
        }
    }
}

static enum budget_outcome outcome_of(const struct judgement *judgement)
{
    bool doubtful = judgement->doubt_count > 0;

    if (judgement->exceeded_count)
        return BUDGET_EXCEEDED;
    for (size_t i = 0; i < judgement->ruling_count; i++)
        doubtful |= judgement->rulings[i].outcome == BUDGET_NO_VERDICT;
    return doubtful ? BUDGET_NO_VERDICT : BUDGET_KEPT;
}

static void judge(struct owned *owned)
{
    const struct judgement_request *request = owned->request;
    struct judgement *judgement = &owned->judgement;

    judgement->runs = request->who.repeated ? (unsigned)request->who.session_count : 1;
    judgement->needed = request->who.needed;
    judgement->session_count = request->who.session_count;
    judgement->session_path =
        request->who.session_count ? request->who.sessions[0]->path : "nothing";
    judgement->baseline = request->baseline;
    judgement->rules = request->rules;
    judgement->real_time = request->who.real_time;
    subjects_collect(&judgement->subjects, owned->arena, &request->who);
    for (size_t i = 0; i < judgement->subjects.count; i++)
        judge_subject(owned, &judgement->subjects.all[i]);
    list_offences(owned);
    doubt_sessions(owned);
    doubt_names(owned);
    sum_suppressed(judgement, &request->who);
    judgement->outcome = outcome_of(judgement);
}

/* The only frame that the arena jumps back to. */
static bool judge_or_run_out(struct owned *owned)
{
    if (setjmp(owned->out_of_memory) != 0)
        return false;
    judge(owned);
    return true;
}

struct judgement *judgement_new(const struct judgement_request *request, struct error *error)
{
    struct owned *owned = calloc(1, sizeof(*owned));

    if (owned) {
        owned->judgement.owned = owned;
        owned->request = request;
        owned->arena = arena_new(&owned->out_of_memory);
        if (owned->arena && judge_or_run_out(owned))
            return &owned->judgement;
        judgement_free(&owned->judgement);
    }
    error_set(error, "out of memory");
    return NULL;
}

void judgement_free(struct judgement *judgement)
{
    struct owned *owned = judgement ? judgement->owned : NULL;

    if (!owned)
        return;
    arena_free(owned->arena);
    free(owned);
}

static void list_ruled(const struct judgement *judgement, const struct subject *subject,
                       bool ruled[FINDING_KINDS + 1])
{
    memset(ruled, 0, sizeof(bool) * (FINDING_KINDS + 1));
    for (size_t i = 0; i < judgement->ruling_count; i++)
        if (judgement->rulings[i].subject == subject)
            ruled[budget_kinds[judgement->rulings[i].measure].finding] = true;
    ruled[FINDING_LEAK] |= ruled[FINDING_CYCLE]; /* blocks of a cycle are leaked, too */
    ruled[FINDING_CYCLE] |= ruled[FINDING_LEAK];
}

bool judgement_teach(const struct judgement *judgement, struct baseline *baseline)
{
    for (size_t i = 0; i < judgement->subjects.count; i++) {
        const struct subject *subject = &judgement->subjects.all[i];
        bool ruled[FINDING_KINDS + 1];

        list_ruled(judgement, subject, ruled);
        for (size_t k = 0; k < subject->findings.count; k++) {
            const struct finding *finding = &subject->findings.all[k];
            const struct baseline_entry *entry = baseline_find(baseline, finding, subject->process);
            struct quantity most = judgement_largest(judgement, finding);

            if (ruled[finding->kind] && !baseline_learn(baseline, finding, entry, &most))
                return false;
        }
    }
    return true;
}
