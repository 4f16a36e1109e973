/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OBJECT_DOT_H
#define LEAKGRAPH_OBJECT_DOT_H

/*
 * A part of the object graph for Graphviz: colours by kind, sizes, dashed what is a pointer by its
 * value only, stubs for what was left out, and a legend.
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"

/* Of all processes that have an object graph. False when none has. */
bool object_dot_write(const struct session *session, FILE *file, struct error *error);

#endif
