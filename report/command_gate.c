/* SPDX-License-Identifier: MIT */
/* leakgraph gate: a verdict on recordings. */
#include <signal.h>

#include "report/budget_options.h"
#include "report/command.h"
#include "report/gate_run.h"
#include "report/suppression_options.h"

static bool repeated;

const struct option_row gate_options[] = {
    {0, "repeated", NULL, "the sessions are runs of one program: only what repeats counts",
     option_flag, &repeated},
    {0},
};

int command_gate(int count, char **operands)
{
    struct gate_run run = {.file = stdout, .repeated = repeated && count > 1};
    int status;

    if (budget_options_asked()->list_suppressions) {
        suppression_options_list(stdout);
        return command_finish_output() ? EXIT_FINE : EXIT_WRONG_USE;
    }
    signal(SIGPIPE, SIG_IGN); /* the exit status is the verdict, whoever reads the words */
    for (int i = 0; i < count; i++)
        gate_run_load(&run, operands[i]);
    if (!count)
        gate_run_load(&run, DEFAULT_SESSION);
    status = gate_run_judge(&run);
    gate_run_release(&run);
    return command_finish_output() ? status : EXIT_WRONG_USE;
}
