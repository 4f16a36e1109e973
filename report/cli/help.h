/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HELP_H
#define LEAKGRAPH_HELP_H

/*
 * --help and the man pages, written from the rows of the command table, so that they cannot go
 * stale.
 */

#include <stdio.h>

#include "report/cli/command.h"

/* `commands` ends with a row without a name. */
void help_overview(FILE *file, const struct command *commands);
void help_command(FILE *file, const struct command *command);

/* roff for man(1): leakgraph(1) and leakgraph-COMMAND(1) */
void help_overview_man(FILE *file, const struct command *commands);
void help_command_man(FILE *file, const struct command *command);

#endif
