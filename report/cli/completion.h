/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_COMPLETION_H
#define LEAKGRAPH_COMPLETION_H

/* Completion for bash, written from the rows of the command table, so that it knows every option.
 */

#include <stdio.h>

#include "report/cli/command.h"

/* `commands` ends with a row without a name. */
void completion_write(FILE *file, const struct command *commands);

#endif
