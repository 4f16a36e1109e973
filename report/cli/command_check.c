/* SPDX-License-Identifier: MIT */
/*
 * leakgraph check: record and gate in one. Standard output is the program's, so messages go to
 * standard error.
 */
#include <stdlib.h>
#include <string.h>

#include "report/cli/command.h"
#include "report/gate/budget_options.h"
#include "report/gate/gate_run.h"
#include "report/gate/suppression_options.h"
#include "report/record/session_folder.h"
#include "report/record/session_run.h"
#include "report/text/text_report.h"
#include "report/view/verdict.h"

enum { CHECK_TOP = 5, CHECK_STACK_FRAMES = 3, MOST_RUNS = 1000 };

static const char *session_path;
static bool verbose;
static uint64_t runs = 1, wait_ns = 5000000000;

static bool option_runs(const struct option_row *row, const char *argument, struct error *error)
{
    if (!option_count(row, argument, error))
        return false;
    return (runs > 0 && runs <= MOST_RUNS) ||
           error_set(error, "--%s: must be from 1 to %d", row->name, MOST_RUNS);
}

const struct option_row check_options[] = {
    {'o', "output", "SESSION",
     "record into this folder (default " DEFAULT_SESSION "); SESSION-2, -3, ... if others use it",
     option_text, &session_path},
    {0, "runs", "N", "run CMD N times, into SESSION.1 to SESSION.N; only what repeats counts",
     option_runs, &runs},
    {0, "wait", "TIME",
     "wait so long for processes that live on after CMD, such as daemons (default 5s)", option_time,
     &wait_ns},
    {'v', "verbose", NULL, "at the end, say how many processes were recorded, and where",
     option_flag, &verbose},
    {0},
};

/*
 * A short report of the first session. "no leaks" would only confuse when another kind of budget is
 * exceeded.
 */
static void write_report(const struct gate_run *gate)
{
    struct text_options options = {.style = style_of(stderr),
                                   .top = CHECK_TOP,
                                   .stack_frames = CHECK_STACK_FRAMES,
                                   .findings_only = true};
    struct error error;

    if (verdict_of_session(gate->sessions[0]).kind == VERDICT_NO_LEAKS) {
        fprintf(stderr, "for details: leakgraph report %s\n", gate->sessions[0]->path);
        return;
    }
    fputc('\n', stderr);
    text_report_write(gate->sessions[0], &options, stderr,
                      &error); /* it fails for a wrong pid only, and there is none */
}

/* Records one run and adds its session to the gate. Returns the status of CMD. */
static int record(struct gate_run *gate, const char *path, char **operands, bool *started)
{
    struct session_run run = {.wanted_path = path,
                              .alone = true, /* so that only this run is judged */
                              .verbose = verbose,
                              .wait_ns = wait_ns,
                              .timeline_ns = SESSION_RUN_TIMELINE_NS};
    int status = session_run(&run, operands);

    *started = run.started;
    if (run.started && run.session_path)
        gate_run_load(gate, run.session_path);
    if (!run.recorded) /* whatever was recorded, it is not CMD */
        error_set(&gate->incomplete, "%.400s was not recorded", operands[0]);
    session_run_release(&run);
    return status;
}

static int record_all(struct gate_run *gate, char **operands, bool *started)
{
    int status = 0;

    if (runs == 1)
        return record(gate, session_path, operands, started);
    for (uint64_t i = 1; i <= runs && !status; i++) {
        char *path;

        if (asprintf(&path, "%s.%llu", session_path ? session_path : DEFAULT_SESSION,
                     (unsigned long long)i) < 0) {
            complain("out of memory");
            return EXIT_WRONG_USE;
        }
        status = record(gate, path, operands, started);
        free(path);
        if (!*started)
            break;
    }
    return status;
}

/* Not the verdict above, but this status fails the check. */
static void tell_status(const char *program, int status)
{
    const char *name = status > EXIT_BY_SIGNAL ? sigabbrev_np(status - EXIT_BY_SIGNAL) : NULL;

    if (name)
        complain("%s: ended by SIG%s, passed on as status %d", program, name, status);
    else
        complain("%s: exit status %d, passed on", program, status);
}

int command_check(int count, char **operands)
{
    struct gate_run gate = {.file = stderr, .repeated = runs > 1};
    bool started = false;
    int status, verdict;

    (void)count;
    if (budget_options_asked()->list_suppressions) {
        suppression_options_list(stdout);
        return command_finish_output() ? EXIT_FINE : EXIT_WRONG_USE;
    }
    if (!budget_options_fit(runs))
        return EXIT_WRONG_USE;
    if (!gate_run_is_possible())
        return EXIT_WRONG_USE;
    status = record_all(&gate, operands, &started);
    if (!started)
        return status;
    if (gate.session_count < runs)
        gate.repeated = gate.session_count > 1;
    verdict = gate_run_judge(&gate);
    if (gate.session_count && gate.outcome != BUDGET_KEPT)
        write_report(&gate);
    gate_run_release(&gate);
    if (status)
        tell_status(operands[0], status);
    return status ? status : verdict;
}
