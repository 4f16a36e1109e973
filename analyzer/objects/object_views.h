/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OBJECT_VIEWS_H
#define LEAKGRAPH_OBJECT_VIEWS_H

/*
 * Which part of the object graph a query shows: its nodes and edges with their names. What is too
 * much becomes a stub that says how many were left out.
 */

#include "analyzer/objects/drawing.h"

/* Fills matches, nodes and edges. False when the recording is damaged. */
bool object_views_fill(struct object_graph *objects, struct arena *arena, struct arena *scratch,
                       const struct drawing_input *input, const struct object_query *query,
                       struct error *error);

#endif
