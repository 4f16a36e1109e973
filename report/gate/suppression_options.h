/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SUPPRESSION_OPTIONS_H
#define LEAKGRAPH_SUPPRESSION_OPTIONS_H

/*
 * --suppressions FILE of every command that reads a session, and the list of all suppressions.
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/sites/suppression_rules.h"
#include "report/base/options.h"

extern const struct option_row suppression_options[];

/* The rules of all files named so far; NULL: there are none. */
struct suppression_rules *suppression_options_rules(void);

/* Lists the built-in ones, then the user's with the file and line of each. */
void suppression_options_list(FILE *file);

#endif
