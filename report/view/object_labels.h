/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OBJECT_LABELS_H
#define LEAKGRAPH_OBJECT_LABELS_H

/* Objects in words: "Node", or "by load_map (map.cpp:12)" for a block of unknown type. */

#include "analyzer/object_graph.h"
#include "report/view/labels.h"

struct label object_label_type(const struct object_type *type);
struct label object_label_node(const struct object_node *node);
/* Of a pointer: "next", or "+8"; "" when there is nothing to say. */
struct label object_label_edge(const struct object_edge *edge);

#endif
