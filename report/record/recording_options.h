/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RECORDING_OPTIONS_H
#define LEAKGRAPH_RECORDING_OPTIONS_H

/*
 * What `record` passes to the recorder in the program, through its environment: when to take
 * snapshots, and at what price. Without an option, the environment stays as the user set it.
 */

#include <stdbool.h>

#include "analyzer/base/error.h"
#include "report/base/options.h"

extern const struct option_row recording_options[];

/* Puts them into our environment, for the program to inherit. */
bool recording_options_to_environment(struct error *error);

#endif
