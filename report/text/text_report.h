/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TEXT_REPORT_H
#define LEAKGRAPH_TEXT_REPORT_H

/*
 * The report for people: the verdict; then, for each process, its cycles and leaks, errors, where
 * the memory was at the peak, what allocates most, and what could not be recorded.
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"
#include "report/text/text_options.h"

/* False when there is no such process. */
bool text_report_write(const struct session *session, const struct text_options *options,
                       FILE *file, struct error *error);

#endif
