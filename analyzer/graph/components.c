/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/components.h"

/*
 * Tarjan's algorithm with an explicit stack, because lists of a million blocks are common. Nodes in
 * a finished component have `low` UINT32_MAX, so that edges to them change nothing.
 */
struct visit {
    uint32_t node, next_edge;
};

struct search {
    const struct graph *graph;
    const bool *part;
    struct components *components;
    uint32_t *order; /* 0: not visited */
    uint32_t *low;
    uint32_t visited;
    struct visit *path;
    uint32_t path_length;
    uint32_t *open; /* nodes whose component is not complete */
    uint32_t open_count, member_count;
};

static void enter(struct search *search, uint32_t node)
{
    search->order[node] = search->low[node] = ++search->visited;
    search->open[search->open_count++] = node;
    search->path[search->path_length++] = (struct visit){node, search->graph->edge_starts[node]};
}

static void lower(uint32_t *low, uint32_t other)
{
    if (other < *low)
        *low = other;
}

static void finish_component(struct search *search, uint32_t first)
{
    struct components *components = search->components;
    uint32_t node;
    components->starts[components->count] = search->member_count;
    do {
        node = search->open[--search->open_count];
        search->low[node] = UINT32_MAX;
        components->of_node[node] = components->count;
        components->nodes[search->member_count++] = node;
    } while (node != first);
    components->starts[++components->count] = search->member_count;
}

static void leave(struct search *search)
{
    uint32_t node = search->path[--search->path_length].node;
    uint32_t low = search->low[node];
    if (low == search->order[node])
        finish_component(search, node);
    else
        lower(&search->low[search->path[search->path_length - 1].node], low);
}

static void search_from(struct search *search, uint32_t start)
{
    const struct graph *graph = search->graph;
    enter(search, start);
    while (search->path_length) {
        struct visit *visit = &search->path[search->path_length - 1];
        if (visit->next_edge == graph->edge_starts[visit->node + 1]) {
            leave(search);
            continue;
        }
        uint32_t target = graph->targets[visit->next_edge++];
        if (!search->part[target])
            continue;
        if (search->order[target] == 0)
            enter(search, target);
        else if (search->low[target] != UINT32_MAX)
            lower(&search->low[visit->node], search->order[target]);
    }
}

void components_find(struct components *components, struct arena *arena, const struct graph *graph,
                     const bool *part)
{
    struct arena *scratch = arena_child(arena);
    uint32_t part_count = 0;
    for (uint32_t node = 0; node < graph->node_count; node++)
        part_count += part[node];

    *components = (struct components){
        .of_node = arena_array(arena, graph->node_count, sizeof *components->of_node),
        .starts = arena_array(arena, (size_t)part_count + 1, sizeof *components->starts),
        .nodes = arena_array(arena, part_count, sizeof *components->nodes),
    };
    struct search search = {
        .graph = graph,
        .part = part,
        .components = components,
        .order = arena_array(scratch, graph->node_count, sizeof *search.order),
        .low = arena_array(scratch, graph->node_count, sizeof *search.low),
        .path = arena_array(scratch, part_count, sizeof *search.path),
        .open = arena_array(scratch, part_count, sizeof *search.open),
    };
    for (uint32_t node = 0; node < graph->node_count; node++) {
        if (!part[node])
            components->of_node[node] = COMPONENT_NONE;
        else if (search.order[node] == 0)
            search_from(&search, node);
    }
    arena_free(scratch);
}

bool components_is_cycle(const struct components *components, const struct graph *graph,
                         uint32_t component)
{
    uint32_t first = components->starts[component];
    if (components->starts[component + 1] - first > 1)
        return true;
    uint32_t node = components->nodes[first];
    for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
        if (graph->targets[edge] == node)
            return true;
    return false;
}

void components_visit_edges(const struct components *components, const struct graph *graph,
                            uint32_t component, components_edge_visitor *visit, void *context)
{
    for (uint32_t i = components->starts[component]; i < components->starts[component + 1]; i++) {
        uint32_t node = components->nodes[i];
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1];
             edge++) {
            uint32_t target = components->of_node[graph->targets[edge]];
            if (target != COMPONENT_NONE && target != component)
                visit(node, target, context);
        }
    }
}
