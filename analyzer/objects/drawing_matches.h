/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DRAWING_MATCHES_H
#define LEAKGRAPH_DRAWING_MATCHES_H

/* Where a drawing starts: the objects that match the query's pattern, or the biggest. */

#include "analyzer/objects/drawing.h"

/* Shows them, and counts them in objects->matches. */
void drawing_matches_show(struct drawing *drawing, struct object_graph *objects);

#endif
