/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OBJECT_TEXT_H
#define LEAKGRAPH_OBJECT_TEXT_H

/*
 * A part of the object graph as indented lines: each is held by the one above it, or, of what was
 * asked to be led back, holds it. Neighbours alike in type, place and pointer are one line:
 *
 *     400 x Map, make_map (maps.cpp:12)
 *       <- [] of std::vector<Map*> buffer
 *         <- global maps (maps.cpp:5)
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/object_graph.h"
#include "analyzer/model.h"
#include "report/base/style.h"

bool object_text_write(const struct session *session, enum object_view view,
                       const struct style *style, FILE *file, struct error *error);

#endif
