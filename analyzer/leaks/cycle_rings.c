/* SPDX-License-Identifier: MIT */
#include "analyzer/leaks/cycle_rings.h"

#include <stdlib.h>
#include <string.h>

/* --- which components, and what of them is shown --- */

uint32_t cycle_rings_size(const struct cycle_rings *rings, uint32_t component)
{
    const struct components *components = &rings->leaks->components;
    return components->starts[component + 1] - components->starts[component];
}

uint64_t cycle_rings_inner_edges(const struct cycle_rings *rings, uint32_t component)
{
    const struct components *components = &rings->leaks->components;
    const struct graph *graph = rings->graph;
    uint64_t count = 0;
    for (uint32_t i = components->starts[component]; i < components->starts[component + 1]; i++) {
        uint32_t node = components->nodes[i];
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
            count += components->of_node[graph->targets[edge]] == component;
    }
    return count;
}

/* In topological order, so that nested cycles come after what holds them. */
static void list_rings(struct cycle_rings *rings, struct arena *arena)
{
    const struct leak_graph *leaks = rings->leaks;
    uint32_t count = 0;
    for (uint32_t component = 0; component < leaks->components.count; component++)
        count += leaks->is_cycle[component];
    rings->all = arena_array(arena, count, sizeof *rings->all);
    rings->of_component = arena_array(arena, leaks->components.count, sizeof *rings->of_component);
    for (uint32_t component = leaks->components.count; component-- > 0;) {
        rings->of_component[component] = CYCLE_RINGS_NONE;
        if (!leaks->is_cycle[component])
            continue;
        rings->of_component[component] = rings->count;
        rings->all[rings->count++] = (struct ring){
            .component = component,
            .is_large = cycle_rings_size(rings, component) > CYCLE_SHAPE_MEMBERS ||
                        cycle_rings_inner_edges(rings, component) > CYCLE_SHAPE_EDGES,
        };
    }
}

static void show_member(struct cycle_rings *rings, struct ring *ring, uint32_t node)
{
    rings->places[node] = ring->member_count++;
    rings->members[rings->member_count++] = node;
}

static uint32_t lowest_node(const struct cycle_rings *rings, uint32_t component)
{
    const struct components *components = &rings->leaks->components;
    uint32_t lowest = UINT32_MAX;
    for (uint32_t i = components->starts[component]; i < components->starts[component + 1]; i++)
        if (components->nodes[i] < lowest)
            lowest = components->nodes[i];
    return lowest;
}

struct search {
    uint32_t *came_from; /* by node; CYCLE_RINGS_NONE: not seen */
    uint32_t *queue;
};

/* Searches breadth first from `start` until an edge leads back to it; returns the node with that
 * edge. */
static uint32_t last_of_shortest_cycle(const struct cycle_rings *rings, struct search *search,
                                       uint32_t component, uint32_t start)
{
    const struct graph *graph = rings->graph;
    uint32_t head = 0, tail = 0;
    search->queue[tail++] = start;
    search->came_from[start] = start;
    while (head < tail) {
        uint32_t node = search->queue[head++];
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1];
             edge++) {
            uint32_t target = graph->targets[edge];
            if (target == start)
                return node;
            if (rings->leaks->components.of_node[target] != component ||
                search->came_from[target] != CYCLE_RINGS_NONE)
                continue;
            search->came_from[target] = node;
            search->queue[tail++] = target;
        }
    }
    return start; /* never reached: the component is strongly connected */
}

/* Of a cycle too long to show, keeps the first blocks and the last, which closes it. */
static void show_shortest_cycle(struct cycle_rings *rings, struct search *search, struct ring *ring)
{
    uint32_t start = lowest_node(rings, ring->component);
    uint32_t last = last_of_shortest_cycle(rings, search, ring->component, start);
    uint32_t length = 1;
    for (uint32_t node = last; node != start; node = search->came_from[node])
        length++;
    uint32_t *path = search->queue; /* the queue is no longer needed */
    uint32_t at = length;
    for (uint32_t node = last; at > 0; node = search->came_from[node])
        path[--at] = node;
    for (uint32_t i = 0; i < length; i++)
        if (i + 1 < CYCLE_RINGS_MEMBERS || i + 1 == length)
            show_member(rings, ring, path[i]);
}

static int compare_nodes(const void *left, const void *right)
{
    uint32_t one = *(const uint32_t *)left, other = *(const uint32_t *)right;
    return one < other ? -1 : one > other;
}

static void show_whole(struct cycle_rings *rings, struct ring *ring)
{
    const struct components *components = &rings->leaks->components;
    uint32_t nodes[CYCLE_SHAPE_MEMBERS], count = cycle_rings_size(rings, ring->component);
    memcpy(nodes, components->nodes + components->starts[ring->component], count * sizeof *nodes);
    qsort(nodes, count, sizeof *nodes, compare_nodes);
    for (uint32_t i = 0; i < count; i++)
        show_member(rings, ring, nodes[i]);
}

static void choose_members(struct cycle_rings *rings, struct arena *arena)
{
    const struct graph *graph = rings->graph;
    size_t most = 0;
    struct arena *temporary = arena_child(arena);
    struct search search = {
        .came_from = arena_array(temporary, graph->node_count, sizeof *search.came_from),
        .queue = arena_array(temporary, graph->node_count, sizeof *search.queue),
    };
    memset(search.came_from, 0xff, graph->node_count * sizeof *search.came_from);
    for (uint32_t i = 0; i < rings->count; i++) {
        uint32_t size = cycle_rings_size(rings, rings->all[i].component);
        most += size < CYCLE_RINGS_MEMBERS ? size : CYCLE_RINGS_MEMBERS;
    }
    rings->members = arena_array(arena, most, sizeof *rings->members);
    rings->places = arena_array(arena, graph->node_count, sizeof *rings->places);
    memset(rings->places, 0xff, graph->node_count * sizeof *rings->places);
    for (uint32_t i = 0; i < rings->count; i++) {
        struct ring *ring = &rings->all[i];
        ring->first_member = rings->member_count;
        if (cycle_rings_size(rings, ring->component) > CYCLE_SHAPE_MEMBERS)
            show_shortest_cycle(rings, &search, ring);
        else
            show_whole(rings, ring);
    }
    arena_free(temporary);
}

/* --- edges --- */

static bool is_shown(const struct cycle_rings *rings, uint32_t from, uint32_t to)
{
    return rings->places[from] != CYCLE_RINGS_NONE && rings->places[to] != CYCLE_RINGS_NONE &&
           rings->leaks->components.of_node[from] == rings->leaks->components.of_node[to];
}

static void keep_edge(const struct graph_edge *edge, void *context)
{
    struct cycle_rings *rings = context;
    if (!is_shown(rings, edge->from, edge->to))
        return;
    uint32_t number = rings->of_component[rings->leaks->components.of_node[edge->from]];
    rings->edges[rings->all[number].first_edge + rings->edges_filled[number]++] = *edge;
}

static bool read_edges(struct cycle_rings *rings, struct arena *arena, struct error *error)
{
    const struct graph *graph = rings->graph;
    uint32_t total = 0;
    for (uint32_t i = 0; i < rings->count; i++) {
        struct ring *ring = &rings->all[i];
        ring->first_edge = total;
        for (uint32_t k = 0; k < ring->member_count; k++) {
            uint32_t node = rings->members[ring->first_member + k];
            for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1];
                 edge++)
                ring->edge_count += is_shown(rings, node, graph->targets[edge]);
        }
        total += ring->edge_count;
    }
    rings->edges = arena_array(arena, total, sizeof *rings->edges);
    rings->edges_filled = arena_array(arena, rings->count, sizeof *rings->edges_filled);
    return graph_read_edges(graph, arena, keep_edge, rings, error);
}

bool cycle_rings_find(struct cycle_rings *rings, struct arena *arena,
                      const struct leak_graph *leaks, struct error *error)
{
    *rings = (struct cycle_rings){.leaks = leaks, .graph = leaks->graph};
    list_rings(rings, arena);
    if (rings->count == 0)
        return true;
    choose_members(rings, arena);
    return read_edges(rings, arena, error);
}
