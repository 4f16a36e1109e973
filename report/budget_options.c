/* SPDX-License-Identifier: MIT */
#include "report/budget_options.h"

#include "report/command.h"

static struct budgets asked = {BUDGET_NONE, BUDGET_NONE, BUDGET_NONE, BUDGET_NONE};
static uint64_t exceeded_status = EXIT_OVER_BUDGET;

static bool option_status(const struct option_row *row, const char *argument, struct error *error)
{
    if (!option_count(row, argument, error))
        return false;
    return *(uint64_t *)row->value <= 255 ||
           error_set(error, "--%s: an exit status is at most 255", row->name);
}

const struct option_row budget_options[] = {
    {0, "max-leaked-bytes", "SIZE", "leaked bytes allowed", option_size, &asked.leaked_bytes},
    {0, "max-leaked-blocks", "N", "leaked blocks allowed", option_count, &asked.leaked_blocks},
    {0, "max-cycles", "N", "leaked cycles allowed", option_count, &asked.cycles},
    {0, "max-peak-bytes", "SIZE", "allocated bytes allowed at the peak", option_size,
     &asked.peak_bytes},
    {0, "exit-code", "N", "exit status when a budget is exceeded (default 1)", option_status,
     &exceeded_status},
    {0},
};

struct budgets budget_options_asked(void)
{
    return budgets_or_default(&asked);
}

int budget_options_exit_status(enum budget_outcome outcome)
{
    switch (outcome) {
    case BUDGET_KEPT:
        return EXIT_FINE;
    case BUDGET_EXCEEDED:
        return (int)exceeded_status;
    case BUDGET_NO_VERDICT:
        break;
    }
    return EXIT_NO_VERDICT;
}
