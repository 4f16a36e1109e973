/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OBJECT_RETAINERS_H
#define LEAKGRAPH_OBJECT_RETAINERS_H

/* What holds most: the blocks that only roots hold, each with the root that holds it. */

#include "analyzer/objects/drawing.h"

/* The blocks that only roots hold, biggest retained first, at most query->too_many. False when the
 * recording is damaged. */
bool object_retainers_find(struct object_graph *objects, struct arena *arena, struct arena *scratch,
                           const struct drawing_input *input, const struct object_query *query,
                           struct error *error);

#endif
