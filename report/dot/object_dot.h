/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OBJECT_DOT_H
#define LEAKGRAPH_OBJECT_DOT_H

/*
 * Part of the object graph for Graphviz: colours by kind, sizes, dashed edges that are pointers
 * only by their value, stubs for what was left out, and a legend.
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"

/* Draws all processes that have an object graph. False: none has. */
bool object_dot_write(const struct session *session, FILE *file, struct error *error);

#endif
