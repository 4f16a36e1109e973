/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SOURCE_FILE_H
#define LEAKGRAPH_SOURCE_FILE_H

/*
 * The lines of a source file, read from where the recording says it was, from where --source-dir
 * says it is now, or from below the working directory. In those folders the longest matching end of
 * its path is found.
 *
 *     struct source_file source;
 *     if (source_file_read(&source, "/home/robot/node.py")) puts(source_file_line(&source, 12));
 *     else ... none of source.tried could be read ...
 *     source_file_release(&source);
 */

#include <stdbool.h>
#include <stddef.h>

#include "report/base/options.h"

struct source_file {
    char *text;
    const char **lines; /* from 0 */
    size_t line_count;
    char *tried; /* paths and why not, for people */
};

/* --source-dir: another place for all files to come. */
extern const struct option_row source_options[];

bool source_file_read(struct source_file *source, const char *path);
/* The line of that number, from 1; "" when there is none. */
const char *source_file_line(const struct source_file *source, unsigned number);
void source_file_release(struct source_file *source);

/*
 * The first line of the function that contains line `number`; `number` itself when it is not found
 * nearby.
 */
unsigned source_file_function_start(const struct source_file *source, const char *function,
                                    unsigned number);

#endif
