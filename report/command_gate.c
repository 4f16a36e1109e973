/* SPDX-License-Identifier: MIT */
/* leakgraph gate: a verdict on a recording. */
#include <signal.h>

#include "report/budget_options.h"
#include "report/command.h"

const struct option_row gate_options[] = {{0}};

int command_gate(int count, char **operands)
{
    struct session *session = command_load_session(count, operands, false);
    struct budgets budgets = budget_options_asked();
    enum budget_outcome outcome;

    if (!session)
        return EXIT_NO_VERDICT;
    signal(SIGPIPE, SIG_IGN); /* the exit status is the verdict, whoever reads the words */
    outcome = budgets_judge(&budgets, session, stdout);
    session_free(session);
    return command_finish_output() ? budget_options_exit_status(outcome) : EXIT_WRONG_USE;
}
