/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_BUDGET_OPTIONS_H
#define LEAKGRAPH_BUDGET_OPTIONS_H

/* The options that `gate` and `check` share (budget_options[] in command.h), and what they come to.
 */

#include "report/budgets.h"

struct budgets budget_options_asked(void);

/* 0, 1 or what --exit-code says, 3 */
int budget_options_exit_status(enum budget_outcome outcome);

#endif
