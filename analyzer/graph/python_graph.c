/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/python_graph.h"

#include <string.h>

/* An object's block begins at the object, or at what the collector and the class keep before it. */
enum { BEFORE_BYTES = 32 };

static uint32_t block_of(const struct graph *graph, uint64_t address, uint32_t *at)
{
    while (*at < graph->node_count && graph->addresses[*at] <= address)
        ++*at;
    if (*at == 0)
        return PYTHON_GRAPH_NONE;
    uint64_t before = address - graph->addresses[*at - 1];
    return before <= BEFORE_BYTES && before < graph->sizes[*at - 1] ? *at - 1 : PYTHON_GRAPH_NONE;
}

void python_graph_build(struct python_graph *both, struct arena *arena, const struct graph *graph,
                        const struct python_heap *heap)
{
    uint32_t at = 0;
    *both = (struct python_graph){.graph = graph, .heap = heap, .node_count = graph->node_count};
    size_t most = (size_t)graph->node_count + heap->object_count;
    both->object_of = arena_array(arena, most, sizeof *both->object_of);
    both->node_of = arena_array(arena, heap->object_count, sizeof *both->node_of);
    memset(both->object_of, 0xff, most * sizeof *both->object_of);
    for (uint32_t type = 1; type <= heap->type_count; type++)
        if (heap->type_names[type] && strcmp(heap->type_names[type], "list") == 0)
            both->list_type = type;
    both->is_data = python_heap_data_types(heap, arena);
    for (uint32_t object = 0; object < heap->object_count; object++) {
        uint32_t node = heap->flags[object] & RECORDING_PYTHON_IN_BLOCK
                            ? block_of(graph, heap->addresses[object], &at)
                            : PYTHON_GRAPH_NONE;
        if (node == PYTHON_GRAPH_NONE || both->object_of[node] != PYTHON_GRAPH_NONE)
            node = both->node_count++;
        both->object_of[node] = object;
        both->node_of[object] = node;
    }
}

uint64_t python_graph_size(const struct python_graph *both, uint32_t node)
{
    return node < both->graph->node_count ? both->graph->sizes[node]
                                          : both->heap->sizes[both->object_of[node]];
}

/* A list's items are the only block it points to that is no object. */
static uint32_t items_of_list(const struct python_graph *both, uint32_t node)
{
    const struct graph *graph = both->graph;
    for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
        if (both->object_of[graph->targets[edge]] == PYTHON_GRAPH_NONE)
            return graph->targets[edge];
    return node;
}

uint32_t python_graph_site(const struct python_graph *both, uint32_t node)
{
    if (node >= both->graph->node_count)
        return 0;
    uint32_t object = both->object_of[node];
    bool is_list = object != PYTHON_GRAPH_NONE && both->heap->types[object] == both->list_type;
    return both->graph->sites[is_list ? items_of_list(both, node) : node];
}

static void visit_references(const struct python_graph *both, uint32_t object,
                             python_graph_visitor *visit, void *context)
{
    const struct python_heap *heap = both->heap;
    for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1]; edge++)
        visit(both->node_of[heap->targets[edge]], edge, context);
}

static bool is_collected(const struct python_graph *both, uint32_t object)
{
    return both->heap->flags[object] & (RECORDING_PYTHON_TRACKED | RECORDING_PYTHON_FROZEN);
}

bool python_graph_follows(const struct python_graph *both, uint32_t node, uint32_t target)
{
    uint32_t from = both->object_of[node], to = both->object_of[target];
    if (to != PYTHON_GRAPH_NONE && python_graph_is_data(both, node))
        return false;
    if (to == PYTHON_GRAPH_NONE || !is_collected(both, to))
        return true;
    if (from != PYTHON_GRAPH_NONE)
        return !(both->heap->flags[from] & RECORDING_PYTHON_COLLECTED);
    return !(both->graph->flags[node] & GRAPH_OF_PYTHON);
}

static void visit_pointers(const struct python_graph *both, uint32_t node,
                           python_graph_visitor *visit, void *context)
{
    const struct graph *graph = both->graph;
    for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
        if (python_graph_follows(both, node, graph->targets[edge]))
            visit(graph->targets[edge], PYTHON_GRAPH_NONE, context);
}

void python_graph_targets(const struct python_graph *both, uint32_t node,
                          python_graph_visitor *visit, void *context)
{
    if (both->object_of[node] != PYTHON_GRAPH_NONE)
        visit_references(both, both->object_of[node], visit, context);
    if (node < both->graph->node_count)
        visit_pointers(both, node, visit, context);
}

struct reach {
    const struct python_graph *both;
    bool *reached;
    const bool *is_closed;
    uint32_t *waiting;
    uint32_t count;
};

static void reach_target(uint32_t target, uint32_t edge, void *context)
{
    struct reach *reach = context;
    uint32_t object = reach->both->object_of[target];
    (void)edge;
    if (reach->reached[target] ||
        (reach->is_closed && object != PYTHON_GRAPH_NONE && reach->is_closed[object]))
        return;
    reach->reached[target] = true;
    reach->waiting[reach->count++] = target;
}

void python_graph_reach(const struct python_graph *both, bool *reached, const bool *is_closed,
                        uint32_t *waiting, uint32_t count)
{
    struct reach reach = {both, reached, is_closed, waiting, count};
    while (reach.count)
        python_graph_targets(both, waiting[--reach.count], reach_target, &reach);
}
