/* SPDX-License-Identifier: MIT */
#include "report/gate/gate_text.h"

#include <fnmatch.h>
#include <string.h>

#include "report/base/format.h"
#include "report/view/labels.h"

enum { MOST_LINES = 10 }; /* lines per list; the rest is counted */

struct label gate_text_ruling(const struct ruling *ruling)
{
    struct label label;

    snprintf(label.text, sizeof(label.text), "%s %s, allowed %s",
             budget_kinds[ruling->measure].name,
             budget_value(ruling->measure, ruling->measured).text,
             budget_value(ruling->measure, ruling->limit).text);
    return label;
}

struct label gate_text_share(const struct ruling *ruling)
{
    const struct finding *culprit = ruling->culprit;
    struct label label = {""};
    uint64_t share;

    if (!culprit)
        return label;
    share = budget_kinds[ruling->measure].is_size ? culprit->counted.bytes : culprit->counted.count;
    if (share < ruling->measured)
        snprintf(label.text, sizeof(label.text), ", %s of them here",
                 budget_value(ruling->measure, share).text);
    return label;
}

struct label gate_text_runs(const struct judgement *judgement, const struct finding *finding)
{
    struct label label = {""};

    if (judgement->runs > 1 && finding)
        snprintf(label.text, sizeof(label.text), ", in %u of %u runs", finding->seen,
                 judgement->runs);
    return label;
}

static bool is_programs_own_failure(const struct session *session, const struct process *process)
{
    return process->pid == session->processes[0].pid &&
           (process->ended == ENDED_SIGNAL || (process->ended == ENDED_EXIT && process->status));
}

/*
 * "; robot (pid 12): ended by SIGSEGV" for the program that was started: a crash can be within all
 * budgets, but must not read as if all were well. "" when it ended well.
 */
static struct label own_failure(const struct judgement *judgement)
{
    struct label label = {""};

    for (size_t i = 0; i < judgement->subjects.count; i++) {
        const struct subject *subject = &judgement->subjects.all[i];

        for (size_t k = 0; k < subject->count && !label.text[0]; k++)
            if (is_programs_own_failure(subject->sessions[k], subject->all[k]))
                snprintf(label.text, sizeof(label.text), "; %.300s (pid %d): %.100s",
                         label_process(subject->all[k]).text, subject->all[k]->pid,
                         label_end(subject->all[k]).text);
    }
    return label;
}

struct label gate_text_outcome(const struct judgement *judgement)
{
    struct formatted processes = format_plural(judgement->judged_count, "process");
    struct label label, runs = {""};

    if (judgement->runs > 1)
        snprintf(runs.text, sizeof(runs.text), ", %u runs", judgement->runs);
    switch (judgement->outcome) {
    case BUDGET_KEPT:
        snprintf(label.text, sizeof(label.text), "within all budgets: %s%.100s%.500s",
                 processes.text, runs.text, own_failure(judgement).text);
        break;
    case BUDGET_EXCEEDED:
        snprintf(label.text, sizeof(label.text), "failed: %s exceeded, %s judged%.100s",
                 format_plural(judgement->exceeded_count, "budget").text, processes.text,
                 runs.text);
        break;
    case BUDGET_NO_VERDICT:
        snprintf(label.text, sizeof(label.text), "no verdict");
        break;
    }
    return label;
}

struct label gate_text_not_counted(const struct judgement *judgement)
{
    struct label label, flaky = {""};

    if (judgement->runs > 1)
        snprintf(flaky.text, sizeof(flaky.text), ", flaky %s in %s",
                 format_size(judgement->flaky.bytes).text,
                 format_plural(judgement->flaky.count, "block").text);
    snprintf(label.text, sizeof(label.text), "suppressed %s in %s, baseline %s in %s%.200s",
             format_size(judgement->suppressed.bytes).text,
             format_plural(judgement->suppressed.blocks, "block").text,
             format_size(judgement->baselined.bytes).text,
             format_plural(judgement->baselined.count, "block").text, flaky.text);
    return label;
}

/* Reasons of sessions and processes, then those of single budgets. */
struct gate_doubt gate_text_doubt(const struct judgement *judgement, size_t index)
{
    struct gate_doubt doubt = {.is_there = false};
    size_t next = judgement->doubt_count;

    if (index < judgement->doubt_count) {
        doubt.is_there = true;
        snprintf(doubt.text.text, sizeof(doubt.text.text), "%.1000s",
                 judgement->doubts[index].text);
    }
    for (size_t i = 0; i < judgement->ruling_count && !doubt.is_there; i++) {
        const struct ruling *ruling = &judgement->rulings[i];

        if (ruling->outcome != BUDGET_NO_VERDICT || next++ != index)
            continue;
        doubt.is_there = true;
        snprintf(doubt.text.text, sizeof(doubt.text.text), "%.400s: %s: %.400s",
                 subject_label(ruling->subject).text, budget_kinds[ruling->measure].name,
                 ruling->why_not);
    }
    return doubt;
}

/* --- lists --- */

/* "load_map (map.cpp:12): leaked blocks 24, allowed 0; robot (pid 123)" */
static void write_rulings(const struct judgement *judgement, FILE *file)
{
    static const struct stack nothing = {0};

    for (size_t i = 0; i < judgement->ruling_count; i++) {
        const struct ruling *ruling = &judgement->rulings[i];

        if (ruling->outcome == BUDGET_EXCEEDED)
            fprintf(file, "%s: %s; %s%s%s\n",
                    label_stack(ruling->stack ? ruling->stack : &nothing).text,
                    gate_text_ruling(ruling).text, subject_label(ruling->subject).text,
                    gate_text_runs(judgement, ruling->culprit).text, gate_text_share(ruling).text);
    }
}

static bool is_named(const struct judgement *judgement, const struct offence *offence)
{
    for (size_t i = 0; i < judgement->ruling_count; i++)
        if (judgement->rulings[i].outcome == BUDGET_EXCEEDED &&
            judgement->rulings[i].culprit == offence->finding)
            return true;
    return false;
}

static void write_more(FILE *file, size_t count)
{
    if (count > MOST_LINES)
        fprintf(file, "    and %s more\n", format_count(count - MOST_LINES).text);
}

/* The findings to blame besides the biggest of each budget. */
static void write_offences(const struct judgement *judgement, FILE *file)
{
    size_t count = 0;

    for (size_t i = 0; i < judgement->offence_count; i++) {
        const struct offence *offence = &judgement->offences[i];

        if (is_named(judgement, offence) || ++count > MOST_LINES)
            continue;
        fprintf(file, "    %s: %s; %s%s\n", finding_place(offence->finding).text,
                finding_text(offence->finding, &offence->finding->counted).text,
                subject_label(offence->subject).text,
                gate_text_runs(judgement, offence->finding).text);
    }
    write_more(file, count);
}

static void write_doubts(const struct judgement *judgement, FILE *file)
{
    struct gate_doubt doubt;

    for (size_t i = 0; (doubt = gate_text_doubt(judgement, i)).is_there; i++)
        fprintf(file, "no verdict: %s\n", doubt.text.text);
}

static void write_flaky_finding(const struct judgement *judgement, const struct subject *subject,
                                const struct finding *finding, FILE *file)
{
    struct quantity most = judgement_largest(judgement, finding);

    fprintf(file, "flaky: %s: %s; %s%s: %s\n", finding_place(finding).text,
            finding_text(finding, &most).text, subject_label(subject).text,
            gate_text_runs(judgement, finding).text,
            finding->seen >= judgement->needed ? "counts" : "does not count");
}

static void write_flaky(const struct judgement *judgement, FILE *file)
{
    size_t count = 0;

    for (size_t i = 0; i < judgement->subjects.count && judgement->runs > 1; i++) {
        const struct subject *subject = &judgement->subjects.all[i];

        for (size_t k = 0; k < subject->findings.count; k++) {
            const struct finding *finding = &subject->findings.all[k];

            if (finding->kind == FINDING_GROWTH || !judgement_is_flaky(judgement, finding) ||
                ++count > MOST_LINES)
                continue;
            write_flaky_finding(judgement, subject, finding, file);
        }
    }
    write_more(file, count);
}

static void write_entry(const struct judgement *judgement, const struct baseline_entry *entry,
                        FILE *file)
{
    if (entry->expired)
        fprintf(file, "expired on %s: ", entry->expires);
    else
        fputs("not seen: ", file);
    fprintf(file, "%s:%u: %s %s", baseline_path(judgement->baseline), entry->line,
            finding_names[entry->kind], entry->fingerprint);
    if (entry->owner)
        fprintf(file, ", owner %s", entry->owner);
    if (entry->comment)
        fprintf(file, ",%s", entry->comment);
    fputs(entry->expired && entry->seen ? ": counts again\n" : "\n", file);
}

static void write_entries(const struct judgement *judgement, bool expired, FILE *file)
{
    size_t count = 0;

    for (size_t i = 0; i < baseline_count(judgement->baseline); i++) {
        const struct baseline_entry *entry = baseline_get(judgement->baseline, i);

        if (!entry || entry->expired != expired || (!expired && entry->seen) ||
            ++count > MOST_LINES)
            continue;
        write_entry(judgement, entry, file);
    }
    write_more(file, count);
}

static bool is_of_a_thread(const struct judgement *judgement, const char *pattern)
{
    for (size_t i = 0; i < judgement->subjects.count; i++) {
        const struct subject *subject = &judgement->subjects.all[i];

        for (size_t k = 0; k < subject->count; k++)
            for (size_t t = 0; t < subject->all[k]->thread_count; t++)
                if (fnmatch(pattern, subject->all[k]->threads[t].name, 0) == 0)
                    return true;
    }
    return false;
}

/*
 * Either what the user hopes for or a misspelt name: threads that allocate nothing are not
 * recorded.
 */
static void write_silent_threads(const struct judgement *judgement, FILE *file)
{
    for (size_t i = 0; i < judgement->real_time.count; i++)
        if (!is_of_a_thread(judgement, judgement->real_time.patterns[i]))
            fprintf(file, "no thread called '%s' allocated anything\n",
                    judgement->real_time.patterns[i]);
}

static void write_rule(const struct suppression_rule *rule, FILE *file)
{
    if (rule->hits.blocks)
        fprintf(file, "suppressed by %s:%u (%s): %s in %s\n", rule->file, rule->line, rule->name,
                format_size(rule->hits.bytes).text, format_plural(rule->hits.blocks, "block").text);
    else
        fprintf(file, "unused suppression: %s:%u: %s\n", rule->file, rule->line, rule->name);
}

static void write_builtin(const struct judgement *judgement, FILE *file)
{
    for (size_t i = 0; i < judgement->builtin_count; i++) {
        const struct suppression *one = &judgement->builtin[i];

        fprintf(file, "suppressed by built-in %s: %s in %s\n", one->name,
                format_size(one->hits.bytes).text, format_plural(one->hits.blocks, "block").text);
    }
}

static void write_rules(const struct judgement *judgement, bool used, FILE *file)
{
    size_t count = 0;

    for (size_t i = 0; i < suppression_rules_count(judgement->rules); i++) {
        const struct suppression_rule *rule = suppression_rules_get(judgement->rules, i);

        if (rule->use == SUPPRESSES_ELSE || (rule->hits.blocks > 0) != used || ++count > MOST_LINES)
            continue;
        write_rule(rule, file);
    }
    write_more(file, count);
}

void gate_text_write(const struct judgement *judgement, FILE *file)
{
    write_rulings(judgement, file);
    write_offences(judgement, file);
    write_doubts(judgement, file);
    write_flaky(judgement, file);
    write_entries(judgement, true, file);
    write_entries(judgement, false, file);
    write_builtin(judgement, file);
    write_rules(judgement, true, file);
    write_rules(judgement, false, file);
    write_silent_threads(judgement, file);
    fprintf(file, "not counted: %s\n%s\n", gate_text_not_counted(judgement).text,
            gate_text_outcome(judgement).text);
}
