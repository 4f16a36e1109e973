/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_PART_H
#define LEAKGRAPH_PYTHON_PART_H

/*
 * A part of Python's graph by itself: what some objects lead to and nothing else does. There, all
 * of it counts as leaked, so that components, dominators and cycles can be found as they are among
 * blocks.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/graph.h"
#include "analyzer/graph/leak_graph.h"
#include "analyzer/graph/python_graph.h"

struct python_part {
    const struct python_graph *both;
    struct graph graph;
    struct leak_graph leaks;
    uint32_t *nodes;      /* of the whole graph, by node of this one */
    uint32_t *references; /* the heap's, by edge of this graph; PYTHON_GRAPH_NONE for a pointer */
};

/* `chosen` is by object; the part is they and all that only they hold. */
void python_part_build(struct python_part *part, struct arena *arena,
                       const struct python_graph *both, const bool *chosen);

/* The object at a node of the part; PYTHON_GRAPH_NONE for a block. */
static inline uint32_t python_part_object(const struct python_part *part, uint32_t node)
{
    return part->both->object_of[part->nodes[node]];
}

#endif
