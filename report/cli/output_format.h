/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OUTPUT_FORMAT_H
#define LEAKGRAPH_OUTPUT_FORMAT_H

/*
 * The format of a command's output when --format does not name it: FILE's ending does, "page.html",
 * "x.speedscope.json". One table of endings serves all commands; which of them a command knows, the
 * choices of its --format tell. Without a file or an ending it is the first choice.
 *
 *     static unsigned format = OUTPUT_FORMAT_BY_NAME;
 *     if (!output_format_choose("flame", flame_options, output_path, &format))
 *         return EXIT_WRONG_USE;
 */

#include <limits.h>
#include <stdbool.h>

#include "report/base/options.h"

enum { OUTPUT_FORMAT_BY_NAME = INT_MAX };

/* False after a complaint: no format of this command has that ending. */
bool output_format_choose(const char *command, const struct option_row *rows, const char *path,
                          unsigned *format);

#endif
