/* SPDX-License-Identifier: MIT */
#include "report/gate/gate_run.h"

#include <stdlib.h>

#include "report/base/complain.h"
#include "report/base/exit_status.h"
#include "report/base/output.h"
#include "report/base/progress.h"
#include "report/gate/budget_options.h"
#include "report/gate/gate_text.h"
#include "report/gate/github.h"
#include "report/gate/junit.h"
#include "report/gate/markdown.h"
#include "report/gate/sarif.h"
#include "report/gate/suppression_options.h"

enum { USUAL_REPEATS = 2 };

/* Several sessions may be missing: name each. */
static void note_incomplete(struct gate_run *run, const struct error *error)
{
    struct error before = run->incomplete;

    if (before.message[0])
        error_set(&run->incomplete, "%.300s; %.300s", before.message, error->message);
    else
        run->incomplete = *error;
}

void gate_run_load(struct gate_run *run, const char *path)
{
    struct session_options options = {.suppressions = suppression_options_rules()};
    struct session **sessions =
        realloc(run->sessions, (run->session_count + 1) * sizeof(*run->sessions));
    struct error error = {"out of memory"};
    struct session *session = NULL;

    if (sessions) {
        run->sessions = sessions;
        progress_start("reading", path);
        session = session_load(path, &options, &error);
        progress_stop();
    }
    if (session)
        run->sessions[run->session_count++] = session;
    else
        note_incomplete(run, &error);
}

static bool is_same_run(const struct session *one, const struct session *other)
{
    return one->process_count && other->process_count &&
           one->processes[0].pid == other->processes[0].pid &&
           one->processes[0].started_realtime_ns == other->processes[0].started_realtime_ns;
}

bool gate_run_same(const struct gate_run *run, size_t *one, size_t *other)
{
    for (*one = 0; *one < run->session_count; ++*one)
        for (*other = 0; *other < *one; ++*other)
            if (is_same_run(run->sessions[*one], run->sessions[*other]))
                return true;
    return false;
}

void gate_run_release(struct gate_run *run)
{
    for (size_t i = 0; i < run->session_count; i++)
        session_free(run->sessions[i]);
    free(run->sessions);
    *run = (struct gate_run){0};
}

static bool write_form(const struct judgement *judgement, enum gate_format format, FILE *file,
                       struct error *error)
{
    switch (format) {
    case GATE_TEXT:
        gate_text_write(judgement, file);
        break;
    case GATE_GITHUB:
        github_write(judgement, file);
        break;
    case GATE_MARKDOWN:
        markdown_write(judgement, file);
        break;
    case GATE_JUNIT:
        junit_write(judgement, file);
        break;
    case GATE_SARIF:
        return sarif_write(judgement, file, error);
    }
    return true;
}

static bool write_file(const struct judgement *judgement, enum gate_format format, const char *path,
                       struct error *error)
{
    struct output output;

    if (!path)
        return true;
    if (!output_open(&output, path, error))
        return false;
    if (write_form(judgement, format, output.file, error))
        return output_finish(&output, error);
    output_abandon(&output);
    return false;
}

/* If nothing could be read, people get one line; programs get the format they asked for. */
static bool write_words(const struct gate_run *run, const struct judgement *judgement,
                        struct error *error)
{
    enum gate_format format = (enum gate_format)budget_options_asked()->format;

    if (format != GATE_TEXT || run->session_count)
        return write_form(judgement, format, run->file, error);
    complain("%s", run->incomplete.message);
    return true;
}

static bool write_all(const struct gate_run *run, const struct judgement *judgement,
                      struct error *error)
{
    const struct budget_options *asked = budget_options_asked();

    return write_words(run, judgement, error) &&
           write_file(judgement, GATE_JUNIT, asked->junit_path, error) &&
           write_file(judgement, GATE_SARIF, asked->sarif_path, error) &&
           write_file(judgement, GATE_MARKDOWN, asked->markdown_path, error);
}

/* A baseline must not learn from a session without a verdict: it would lose what was not seen. */
static bool keep_baseline(const struct judgement *judgement, struct baseline *baseline,
                          struct error *error)
{
    const struct budget_options *asked = budget_options_asked();
    struct output output;

    if (!asked->update_baseline && !asked->prune_baseline)
        return true;
    if (judgement->doubt_count)
        return error_set(error, "%.200s: not updated: there is no verdict",
                         baseline_path(baseline));
    if (asked->update_baseline && !judgement_teach(judgement, baseline))
        return error_set(error, "out of memory");
    if (asked->prune_baseline)
        baseline_prune(baseline);
    if (!output_open(&output, baseline_path(baseline), error))
        return false;
    baseline_write(baseline, output.file);
    return output_finish(&output, error);
}

/*
 * Judges again, with what the baseline has learnt. A peak is not a finding, and a machine does not
 * renew expired entries: these budgets stay exceeded.
 */
static int status_after_update(const struct judgement_request *request)
{
    struct error error = {0};
    struct judgement *judgement = judgement_new(request, &error);
    enum budget_outcome outcome = judgement ? judgement->outcome : BUDGET_NO_VERDICT;

    for (size_t i = 0; judgement && i < judgement->ruling_count; i++)
        if (judgement->rulings[i].outcome == BUDGET_EXCEEDED)
            complain("still exceeded after the update: %s; %s",
                     gate_text_ruling(&judgement->rulings[i]).text,
                     subject_label(judgement->rulings[i].subject).text);
    if (!judgement)
        complain("%s", error.message);
    judgement_free(judgement);
    return budget_options_exit_status(outcome);
}

static int judge_with(struct gate_run *run, struct baseline *baseline)
{
    const struct budget_options *asked = budget_options_asked();
    struct judgement_request request = {
        .who = {.sessions = run->sessions,
                .session_count = run->session_count,
                .repeated = run->repeated,
                .needed = asked->needed ? (unsigned)asked->needed : USUAL_REPEATS,
                .real_time = asked->real_time},
        .plan = &asked->plan,
        .baseline = baseline,
        .rules = suppression_options_rules()};
    struct error error = {0};
    struct judgement *judgement;
    bool done;

    if (run->incomplete.message[0])
        request.incomplete = run->incomplete.message;
    judgement = judgement_new(&request, &error);
    done = judgement && write_all(run, judgement, &error) &&
           keep_baseline(judgement, baseline, &error);
    if (judgement)
        run->outcome = judgement->outcome;
    judgement_free(judgement);
    if (!done) {
        complain("%s", error.message);
        return EXIT_WRONG_USE;
    }
    if (asked->update_baseline && run->outcome == BUDGET_EXCEEDED)
        return status_after_update(&request);
    return budget_options_exit_status(run->outcome);
}

/* NULL if there is none, or if it cannot be read; in that case complains and sets `wrong`. */
static struct baseline *read_baseline(bool *wrong)
{
    const struct budget_options *asked = budget_options_asked();
    struct baseline *baseline = NULL;
    struct error error = {"--update-baseline and --prune-baseline need --baseline FILE"};

    if (asked->baseline_path)
        baseline = baseline_read(asked->baseline_path, asked->update_baseline, &error);
    *wrong = !baseline && (asked->baseline_path || asked->update_baseline || asked->prune_baseline);
    if (*wrong)
        complain("%s", error.message);
    return baseline;
}

bool gate_run_is_possible(void)
{
    bool wrong;

    baseline_free(read_baseline(&wrong));
    return !wrong;
}

int gate_run_judge(struct gate_run *run)
{
    struct baseline *baseline;
    bool wrong;
    int status;

    run->outcome = BUDGET_NO_VERDICT;
    baseline = read_baseline(&wrong);
    if (wrong)
        return EXIT_WRONG_USE;
    status = judge_with(run, baseline);
    baseline_free(baseline);
    return status;
}
