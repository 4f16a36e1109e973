/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_DRAWING_OWNERS_H
#define LEAKGRAPH_DRAWING_OWNERS_H

/*
 * Objects of shared_ptr in a drawing: who knows them by weak references, and how many owners they
 * count beside how many were found.
 */

#include "analyzer/objects/drawing.h"

/* Shows who refers weakly to the objects that were asked for. */
bool drawing_owners_show_weak(struct drawing *drawing, struct error *error);
/* Fills use_count and owners_found of the nodes. */
bool drawing_owners_count(struct drawing *drawing, struct error *error);

#endif
