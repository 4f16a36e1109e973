/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OPTIONS_H
#define LEAKGRAPH_OPTIONS_H

/*
 * A command's options as a table: parsing, --help and the man page all come from its rows.
 * A group of rows ends with a row without a name; a command has up to OPTION_GROUPS of them.
 *
 *     static const char *output_path;
 *     const struct option_row report_options[] = {
 *         {'o', "output", "FILE", "write to FILE", option_text, &output_path},
 *         {0}};
 */

#include <stdbool.h>

#include "analyzer/base/error.h"

struct option_row;
typedef bool option_parser(const struct option_row *row, const char *argument, struct error *error);

struct option_row {
    char letter; /* 0: long only */
    const char *name;
    const char *argument; /* its name in --help; NULL: a flag; "FROM TO": two, parsed in turn */
    const char *help;
    option_parser *parse;
    void *value; /* where the parser stores it */
};

enum { OPTION_GROUPS = 4 };

option_parser option_flag;   /* bool */
option_parser option_text;   /* const char *, into argv */
option_parser option_count;  /* uint64_t, a plain decimal */
option_parser option_size;   /* uint64_t, with K, M, G, T or KiB, MiB, ... */
option_parser option_time;   /* uint64_t nanoseconds: 100ms, 60s, 5m, 1h; 0 */
option_parser option_choice; /* unsigned: index in the row's `argument`, "peak|leaked|..." */

enum options_outcome { OPTIONS_OK, OPTIONS_HELP, OPTIONS_MAN, OPTIONS_WRONG };

/*
 * Reads the options of argv[1..]; argv is permuted so that the operands come last, unless
 * stop_early: then the first operand ends the options. *operand becomes the index of the first
 * operand.
 */
enum options_outcome options_parse(const struct option_row *const groups[OPTION_GROUPS], int argc,
                                   char **argv, bool stop_early, int *operand, struct error *error);

#endif
