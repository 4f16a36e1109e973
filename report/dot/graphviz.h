/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GRAPHVIZ_H
#define LEAKGRAPH_GRAPHVIZ_H

/*
 * Graphviz's `dot`, if it is installed: lays out what is written to a file in the DOT language.
 *
 *     FILE *source = graphviz_source(&error);
 *     dot_write(session, &options, source, &error);
 *     graphviz_draw(source, "svg", output, &error);     (closes source)
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/base/error.h"

/* NULL with the error. */
FILE *graphviz_source(struct error *error);

/* Writes the picture ("svg", "png"); takes `source`, even when it fails. */
bool graphviz_draw(FILE *source, const char *format, FILE *output, struct error *error);

#endif
