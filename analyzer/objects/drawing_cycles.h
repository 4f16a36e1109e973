/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DRAWING_CYCLES_H
#define LEAKGRAPH_DRAWING_CYCLES_H

/* Cycles that are reachable, but through a single pointer from outside: cut that, and they are
 * lost. */

#include "analyzer/objects/drawing.h"

/* Shows the biggest of them, and counts all in objects->matches. */
void drawing_cycles_show(struct drawing *drawing, struct object_graph *objects);

#endif
