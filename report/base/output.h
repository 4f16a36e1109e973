/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OUTPUT_H
#define LEAKGRAPH_OUTPUT_H

/*
 * Where a report goes: standard output, or a file that takes its name only once it is complete, so
 * that a full disk does not destroy the previous one.
 *
 *     struct output output;
 *     if (!output_open(&output, "report.json", &error)) ...
 *     fprintf(output.file, ...);
 *     if (!output_finish(&output, &error)) ... nothing was replaced
 *
 * output_finish() and output_abandon() both release it.
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/base/error.h"

struct output {
    FILE *file;
    char *path;       /* NULL: standard output */
    char *temporary;  /* the name until then; NULL: written in place (a device, a pipe) */
    bool is_nameless; /* it has not even that yet */
};

/* path NULL or "-": standard output. */
bool output_open(struct output *output, const char *path, struct error *error);
bool output_finish(struct output *output, struct error *error);
void output_abandon(struct output *output);

/*
 * Writes a whole JSON document and a line break. Takes `root`; NULL means out of memory. Write
 * errors stay with the FILE.
 */
struct json_t;
bool output_json(FILE *file, struct json_t *root, size_t flags, struct error *error);

#endif
