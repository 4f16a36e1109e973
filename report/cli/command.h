/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_COMMAND_H
#define LEAKGRAPH_COMMAND_H

/*
 * The commands of `leakgraph`. Each is one file command_NAME.c with its options and its function,
 * and one row of the table in main.c. The function gets the operands and returns the exit status.
 */

#include <stdio.h>

#include "analyzer/model.h"
#include "report/base/complain.h"
#include "report/base/exit_status.h"
#include "report/base/options.h"

struct command {
    const char *name;
    const char *summary;   /* one line for the list of commands */
    const char *operands;  /* operands in the usage line */
    const char *help;      /* paragraphs, separated by empty lines */
    bool runs_program;     /* the first operand ends the options; all that follows belongs to CMD */
    unsigned max_operands; /* otherwise */
    const struct option_row *options[OPTION_GROUPS];
    int (*run)(int count, char **operands);
};

extern const struct option_row check_options[], export_options[], flame_options[], gate_options[],
    graph_options[], record_options[], report_options[], types_options[], diff_options[],
    snapshot_options[], lines_options[];

int command_check(int count, char **operands);
int command_export(int count, char **operands);
int command_flame(int count, char **operands);
int command_gate(int count, char **operands);
int command_graph(int count, char **operands);
int command_lines(int count, char **operands);
int command_record(int count, char **operands);
int command_types(int count, char **operands);
int command_diff(int count, char **operands);
int command_report(int count, char **operands);
int command_snapshot(int count, char **operands);

/*
 * The common part of the commands that read a session: loads it, opens the output, calls `render`,
 * and puts the output into place. Returns the exit status.
 */
struct rendering {
    bool (*render)(const struct session *session, FILE *file, struct error *error);
    const char *output_path; /* NULL or "-": standard output */
    bool without_symbols;
    const struct object_query *objects; /* NULL: no object graph is wanted */
    bool summary;                       /* see struct session_options */
};
int command_render(const struct rendering *rendering, int count, char **operands);

/*
 * Loads the session that the operands name, or the default one, with the user's suppressions added
 * to the options. NULL after a complaint.
 */
struct session *command_load_session(int count, char **operands, struct session_options options);

/* The same by path, with an object graph. */
struct session *command_load_objects(const char *path, const struct object_query *objects);

/*
 * Opens the output (NULL or "-": standard output), lets `write` fill it, and puts it into place.
 * Returns the exit status, after a complaint when it failed.
 */
int command_write(const char *path, bool (*write)(void *context, FILE *file, struct error *error),
                  void *context);

/*
 * Flushes standard output; false after a complaint. A closed pipe is no reason for one: its reader
 * has seen enough.
 */
bool command_finish_output(void);

#endif
