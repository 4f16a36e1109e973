/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GATE_TEXT_H
#define LEAKGRAPH_GATE_TEXT_H

/* A judgement for people: each line begins with the place to blame; what did not count comes last.
 */

#include <stdio.h>

#include "report/gate/judgement.h"

void gate_text_write(const struct judgement *judgement, FILE *file);

/* "suppressed 96 B in 2 blocks, baseline 0 B in 0 blocks", and what is flaky over several runs. */
struct label gate_text_not_counted(const struct judgement *judgement);

/*
 * "within all budgets: 2 processes", and how the program ended if not well; "failed: 1 budget
 * exceeded in 2 processes"; "no verdict"
 */
struct label gate_text_outcome(const struct judgement *judgement);

/* "leaked blocks 24, allowed 0" */
struct label gate_text_ruling(const struct ruling *ruling);

/* ", 3 of them here" when other places share the blame; "" otherwise. */
struct label gate_text_share(const struct ruling *ruling);

/* ", in 2 of 5 runs" when there were several; "" otherwise. */
struct label gate_text_runs(const struct judgement *judgement, const struct finding *finding);

/* Why a process or a budget has no verdict, by index; after the last one, is_there is false. */
struct gate_doubt {
    struct label text;
    bool is_there;
};
struct gate_doubt gate_text_doubt(const struct judgement *judgement, size_t index);

#endif
