/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_COMPLETION_H
#define LEAKGRAPH_COMPLETION_H

/* Completion for shells, written from the rows of the command table, so that it knows every option.
 */

#include <stdio.h>

#include "report/cli/command.h"

/* `commands` ends with a row without a name. */
void completion_write(FILE *file, const struct command *commands); /* bash */
void completion_write_fish(FILE *file, const struct command *commands);
void completion_write_zsh(FILE *file, const struct command *commands);

#endif
