/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_BUDGET_OPTIONS_H
#define LEAKGRAPH_BUDGET_OPTIONS_H

/* The options that `gate` and `check` share, as they were given. */

#include "report/base/options.h"
#include "report/gate/judgement.h"

/* In the order of the names in --format. */
enum gate_format { GATE_TEXT, GATE_GITHUB, GATE_MARKDOWN, GATE_JUNIT, GATE_SARIF };

struct budget_options {
    struct budget_plan plan;
    struct real_time_names real_time;
    uint64_t needed;           /* runs in which a finding must appear to count; 0: the default */
    const char *baseline_path; /* NULL: none */
    bool update_baseline, prune_baseline;
    unsigned format;                                     /* enum gate_format */
    const char *junit_path, *sarif_path, *markdown_path; /* NULL: not wanted */
    bool list_suppressions;
};

extern const struct option_row budget_options[];

const struct budget_options *budget_options_asked(void);

/* False after a complaint: there are fewer runs than --repeats asks for. */
bool budget_options_fit(uint64_t runs);

/* 0; 1 or the value of --exit-code; 3 */
int budget_options_exit_status(enum budget_outcome outcome);

#endif
