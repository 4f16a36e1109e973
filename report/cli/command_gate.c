/* SPDX-License-Identifier: MIT */
/* leakgraph gate: a verdict on recordings. */
#include <signal.h>

#include "report/cli/command.h"
#include "report/gate/budget_options.h"
#include "report/gate/gate_run.h"
#include "report/gate/suppression_options.h"
#include "report/record/session_folder.h"

static bool repeated;

const struct option_row gate_options[] = {
    {0, "repeated", NULL, "the sessions are runs of one program; only what repeats counts",
     option_flag, &repeated},
    {0},
};

static bool are_runs(const struct gate_run *run)
{
    size_t one, other;

    if (!run->repeated || !gate_run_same(run, &one, &other))
        return true;
    complain("--repeated: %s and %s are the same run", run->sessions[other]->path,
             run->sessions[one]->path);
    return false;
}

static bool fits(int count)
{
    if (repeated && count < 2) {
        complain("--repeated: needs at least two runs");
        return false;
    }
    return budget_options_fit(repeated ? (uint64_t)count : 1);
}

int command_gate(int count, char **operands)
{
    struct gate_run run = {.file = stdout, .repeated = repeated};
    int status;

    if (budget_options_asked()->list_suppressions) {
        suppression_options_list(stdout);
        return command_finish_output() ? EXIT_FINE : EXIT_WRONG_USE;
    }
    if (!fits(count))
        return EXIT_WRONG_USE;
    signal(SIGPIPE, SIG_IGN); /* the exit status is the verdict, whoever reads the words */
    for (int i = 0; i < count; i++)
        gate_run_load(&run, operands[i]);
    if (!count)
        gate_run_load(&run, DEFAULT_SESSION);
    status = are_runs(&run) ? gate_run_judge(&run) : EXIT_WRONG_USE;
    gate_run_release(&run);
    return command_finish_output() ? status : EXIT_WRONG_USE;
}
