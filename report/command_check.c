/* SPDX-License-Identifier: MIT */
/* leakgraph check: record and gate in one. The program owns standard output, so we speak on
 * standard error. */
#include "report/budget_options.h"
#include "report/command.h"
#include "report/session_run.h"
#include "report/text.h"

enum { CHECK_TOP = 5, CHECK_STACK_FRAMES = 3 };

static const char *session_path;
static bool verbose;

const struct option_row check_options[] = {
    {'o', "output", "SESSION", "record into this folder (default " DEFAULT_SESSION ")", option_text,
     &session_path},
    {'v', "verbose", NULL, "say at the end how many processes were recorded, and where",
     option_flag, &verbose},
    {0},
};

static enum budget_outcome judge(char *path)
{
    struct session *session = command_load_session(1, &path, false);
    struct budgets budgets = budget_options_asked();
    struct text_options options = {.style = style_of(stderr),
                                   .top = CHECK_TOP,
                                   .stack_frames = CHECK_STACK_FRAMES,
                                   .findings_only = true};
    enum budget_outcome outcome;
    struct error error = {0};

    if (!session)
        return BUDGET_NO_VERDICT;
    outcome = budgets_judge(&budgets, session, stderr);
    if (outcome != BUDGET_KEPT) {
        fputc('\n', stderr);
        text_write(session, &options, stderr,
                   &error); /* fails for a wrong pid only, there is none */
    }
    session_free(session);
    return outcome;
}

int command_check(int count, char **operands)
{
    struct session_run run = {.wanted_path = session_path, .verbose = verbose};
    int status = session_run(&run, operands);
    enum budget_outcome outcome = BUDGET_NO_VERDICT;

    (void)count;
    if (run.started && run.session_path) {
        outcome = judge(run.session_path);
        if (outcome == BUDGET_KEPT && !run.recorded)
            outcome = BUDGET_NO_VERDICT; /* what was recorded is not what was asked for */
    }
    session_run_release(&run);
    return status || !run.started ? status : budget_options_exit_status(outcome);
}
