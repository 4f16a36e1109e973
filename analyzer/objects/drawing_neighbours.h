/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DRAWING_NEIGHBOURS_H
#define LEAKGRAPH_DRAWING_NEIGHBOURS_H

/* How a drawing goes on from its start: to what refers to it, to what it refers to, to the roots,
 * to what it holds. */

#include "analyzer/objects/drawing.h"

/* As query->view asks for; no more of an object's neighbours than query->too_many. */
void drawing_neighbours_show(struct drawing *drawing);

#endif
