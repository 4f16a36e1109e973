/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_GRAPH_H
#define LEAKGRAPH_PYTHON_GRAPH_H

/*
 * A snapshot's blocks and Python objects as one graph. The nodes are the blocks with their indices,
 * then the objects without a block of their own (static ones). A Python object leads to other
 * objects by its exact references only, and to blocks by the pointers found in it: its items, a C++
 * object, an image's buffer. A block leads to whatever it points to, except to objects of the
 * collector, whose holders are listed exactly.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/graph.h"
#include "analyzer/graph/python_heap.h"

#define PYTHON_GRAPH_NONE UINT32_MAX

struct python_graph {
    const struct graph *graph;
    const struct python_heap *heap;
    uint32_t node_count;
    uint32_t *object_of; /* by node; PYTHON_GRAPH_NONE: the block is no object */
    uint32_t *node_of;   /* by object */
    uint32_t list_type;  /* the heap's, 0 when there is none */
    const bool *is_data; /* by type of the heap: the contents of such objects refer to nothing */
};

void python_graph_build(struct python_graph *both, struct arena *arena, const struct graph *graph,
                        const struct python_heap *heap);

static inline bool python_graph_is_data(const struct python_graph *both, uint32_t node)
{
    uint32_t object = both->object_of[node];
    return object != PYTHON_GRAPH_NONE && both->is_data[both->heap->types[object]];
}
/* The head of each generation's list links to the newest objects but holds nothing: such a root
 * points to before the object itself. */
static inline bool python_graph_is_list_head(const struct python_graph *both, uint32_t root)
{
    uint32_t node = both->graph->roots[root], object = both->object_of[node];
    return object != PYTHON_GRAPH_NONE &&
           both->graph->addresses[node] + both->graph->root_offsets[root] <
               both->heap->addresses[object];
}

/* Whether a pointer found in the block `node` really leads to `target`. */
bool python_graph_follows(const struct python_graph *both, uint32_t node, uint32_t target);

uint64_t python_graph_size(const struct python_graph *both, uint32_t node);
/*
 * The site that made it, 0: unknown. Python reuses the memory of dead lists, so a list's own block
 * tells another one's birth, and its items tell its own.
 */
uint32_t python_graph_site(const struct python_graph *both, uint32_t node);

/* Calls `visit` for every node that this one leads to; `edge` is the heap's, PYTHON_GRAPH_NONE for
 * a pointer. */
typedef void python_graph_visitor(uint32_t target, uint32_t edge, void *context);
void python_graph_targets(const struct python_graph *both, uint32_t node,
                          python_graph_visitor *visit, void *context);

/*
 * Marks in `reached` all that the waiting nodes lead to, without entering what `is_closed` (by
 * object; NULL: nothing is). Waiting nodes must be marked already; `waiting` must have room for all
 * nodes.
 */
void python_graph_reach(const struct python_graph *both, bool *reached, const bool *is_closed,
                        uint32_t *waiting, uint32_t count);

#endif
