/* SPDX-License-Identifier: MIT */
#include "report/gate/judgement.h"

#include <stdlib.h>
#include <string.h>

struct owned {
    struct judgement judgement;
    struct arena *arena;
    const struct judgement_request *request;
    struct rulings rulings;
    struct offences offences;
    struct doubts doubts;
    struct suppression *builtin;
    size_t builtin_capacity;
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

/* The largest amount of any run: what it would count for if it repeated. */
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

/* --- all together --- */

static bool needs_check(const struct budget_plan *plan, const struct budgets *budgets)
{
    for (int i = 0; i < BUDGET_MEASURES; i++)
        if (budget_kinds[i].needs_check && budgets->limits[i] != BUDGET_NONE)
            return true;
    return plan->site_count > 0;
}

static void judge_subject(struct owned *owned, struct subject *subject)
{
    const struct budget_plan *plan = owned->request->plan;
    struct budgets budgets;

    if (!budget_plan_for(plan, subject->process, &budgets))
        return;
    owned->judgement.judged_count++;
    for (size_t i = 0; i < subject->findings.count; i++) {
        compare_with_baseline(owned, subject, &subject->findings.all[i]);
        sum_left_out(&owned->judgement, &subject->findings.all[i]);
    }
    rulings_add(&owned->rulings, owned->arena, plan, &budgets, subject);
    if (needs_check(plan, &budgets))
        doubts_of_subject(&owned->doubts, owned->arena, subject);
}

static void add_builtin(struct owned *owned, const struct suppression *more)
{
    struct suppression *one = owned->builtin;

    while (one < owned->builtin + owned->judgement.builtin_count &&
           strcmp(one->name, more->name) != 0)
        one++;
    if (one == owned->builtin + owned->judgement.builtin_count) {
        owned->builtin = arena_grow(owned->arena, owned->builtin, owned->judgement.builtin_count,
                                    &owned->builtin_capacity, sizeof(*owned->builtin));
        one = &owned->builtin[owned->judgement.builtin_count++];
        *one = (struct suppression){.name = more->name, .what = more->what};
    }
    one->hits.blocks += more->hits.blocks;
    one->hits.bytes += more->hits.bytes;
}

static void sum_suppressed(struct owned *owned, const struct subjects_request *who)
{
    for (size_t i = 0; i < who->session_count; i++) {
        for (size_t k = 0; k < who->sessions[i]->process_count; k++) {
            const struct leaks *leaks = &who->sessions[i]->processes[k].leaks;

            owned->judgement.suppressed.blocks += leaks->suppressed.blocks;
            owned->judgement.suppressed.bytes += leaks->suppressed.bytes;
            for (size_t n = 0; n < leaks->builtin_count; n++)
                add_builtin(owned, &leaks->builtin[n]);
        }
    }
    owned->judgement.builtin = owned->builtin;
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

static void copy_request(struct judgement *judgement, const struct judgement_request *request)
{
    judgement->runs = request->who.repeated ? (unsigned)request->who.session_count : 1;
    judgement->needed = request->who.needed;
    judgement->session_count = request->who.session_count;
    judgement->session_path =
        request->who.session_count ? request->who.sessions[0]->path : "nothing";
    judgement->baseline = request->baseline;
    judgement->rules = request->rules;
    judgement->real_time = request->who.real_time;
}

static void publish(const struct owned *owned, struct judgement *judgement)
{
    judgement->rulings = owned->rulings.all;
    judgement->ruling_count = owned->rulings.count;
    judgement->exceeded_count = owned->rulings.exceeded_count;
    judgement->offences = owned->offences.all;
    judgement->offence_count = owned->offences.count;
    judgement->doubts = owned->doubts.all;
    judgement->doubt_count = owned->doubts.count;
    judgement->outcome = outcome_of(judgement);
}

static bool judge(void *context, struct error *error)
{
    struct owned *owned = context;
    const struct judgement_request *request = owned->request;
    struct judgement *judgement = &owned->judgement;
    struct arena *arena = owned->arena;

    copy_request(judgement, request);
    subjects_collect(&judgement->subjects, arena, &request->who);
    for (size_t i = 0; i < judgement->subjects.count; i++)
        judge_subject(owned, &judgement->subjects.all[i]);
    offences_find(&owned->offences, arena, request->plan, &judgement->subjects, &owned->rulings);
    doubts_of_sessions(&owned->doubts, arena, &request->who, request->plan, request->incomplete);
    doubts_of_plan(&owned->doubts, arena, request->plan, &judgement->subjects,
                   judgement->judged_count);
    sum_suppressed(owned, &request->who);
    publish(owned, judgement);
    (void)error;
    return true;
}

struct judgement *judgement_new(const struct judgement_request *request, struct error *error)
{
    struct owned *owned = calloc(1, sizeof(*owned));

    if (owned) {
        owned->judgement.owned = owned;
        owned->request = request;
        owned->arena = arena_new();
        if (owned->arena && arena_try(owned->arena, judge, owned, "judging", error))
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

/* --- what the baseline learns --- */

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
