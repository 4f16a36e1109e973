/* SPDX-License-Identifier: MIT */
#include "analyzer/python/python_part.h"

#include <string.h>

/* --- which nodes --- */

static bool is_in(const struct python_graph *both, const bool *objects, uint32_t node)
{
    uint32_t object = both->object_of[node];
    return object != PYTHON_GRAPH_NONE && objects[object];
}

static void wait_for(bool *reached, uint32_t *waiting, uint32_t *count, uint32_t node)
{
    if (!reached[node]) {
        reached[node] = true;
        waiting[(*count)++] = node;
    }
}

/*
 * The chosen objects, and those that count no reference but from these: by the count nobody else
 * holds them, whatever word elsewhere looks like a pointer to them.
 */
static bool *close_by_counts(struct arena *arena, const struct python_graph *both,
                             const bool *chosen)
{
    const struct python_heap *heap = both->heap;
    bool *closed = arena_array(arena, heap->object_count, sizeof *closed);
    uint64_t *found = arena_array(arena, heap->object_count, sizeof *found);
    uint32_t *waiting = arena_array(arena, heap->object_count, sizeof *waiting), count = 0;
    for (uint32_t object = 0; object < heap->object_count; object++)
        if (chosen[object])
            wait_for(closed, waiting, &count, object);
    while (count) {
        uint32_t object = waiting[--count];
        for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1];
             edge++) {
            uint32_t target = heap->targets[edge];
            if (++found[target] == heap->references[target])
                wait_for(closed, waiting, &count, target);
        }
    }
    return closed;
}

/* All that lives without the closed objects: pointers to those from elsewhere are known to be
 * stale. */
static bool *find_others(struct arena *arena, const struct python_graph *both, const bool *closed,
                         uint32_t *waiting)
{
    const struct graph *graph = both->graph;
    bool *reached = arena_array(arena, both->node_count, sizeof *reached);
    uint32_t count = 0;
    for (uint32_t i = 0; i < graph->root_count; i++)
        if (!is_in(both, closed, graph->roots[i]))
            wait_for(reached, waiting, &count, graph->roots[i]);
    for (uint32_t node = 0; node < both->node_count; node++) {
        uint32_t object = both->object_of[node];
        bool is_held =
            node >= graph->node_count || graph->flags[node] & GRAPH_IS_ROOT ||
            (object != PYTHON_GRAPH_NONE &&
             both->heap->flags[object] & (RECORDING_PYTHON_TRACKED | RECORDING_PYTHON_FROZEN));
        if (is_held && !is_in(both, closed, node))
            wait_for(reached, waiting, &count, node);
    }
    python_graph_reach(both, reached, closed, waiting, count);
    return reached;
}

static bool *find_held(struct arena *arena, const struct python_graph *both, const bool *chosen,
                       const bool *others, uint32_t *waiting)
{
    bool *held = arena_array(arena, both->node_count, sizeof *held);
    uint32_t count = 0;
    for (uint32_t object = 0; object < both->heap->object_count; object++)
        if (chosen[object])
            wait_for(held, waiting, &count, both->node_of[object]);
    python_graph_reach(both, held, NULL, waiting, count);
    for (uint32_t node = 0; node < both->node_count; node++)
        held[node] = held[node] && !others[node];
    return held;
}

/* --- as a graph --- */

struct filler {
    struct python_part *part;
    uint32_t *place_of; /* by node of the whole graph */
    uint32_t edge_count;
    bool is_counting;
};

static void add_edge(uint32_t target, uint32_t reference, void *context)
{
    struct filler *filler = context;
    uint32_t to = filler->place_of[target];
    if (to == PYTHON_GRAPH_NONE)
        return;
    if (!filler->is_counting) {
        filler->part->graph.targets[filler->edge_count] = to;
        filler->part->references[filler->edge_count] = reference;
    }
    filler->edge_count++;
}

static void walk_edges(struct filler *filler, bool is_counting)
{
    struct python_part *part = filler->part;
    filler->is_counting = is_counting;
    filler->edge_count = 0;
    for (uint32_t i = 0; i < part->graph.node_count; i++) {
        if (!is_counting)
            part->graph.edge_starts[i] = filler->edge_count;
        python_graph_targets(part->both, part->nodes[i], add_edge, filler);
    }
}

static void fill_nodes(struct python_part *part, struct arena *arena, uint32_t *place_of,
                       const bool *held)
{
    const struct python_graph *both = part->both;
    struct graph *graph = &part->graph;
    memset(place_of, 0xff, both->node_count * sizeof *place_of);
    for (uint32_t node = 0; node < both->node_count; node++)
        graph->node_count += held[node];
    part->nodes = arena_array(arena, graph->node_count, sizeof *part->nodes);
    graph->addresses = arena_array(arena, graph->node_count, sizeof *graph->addresses);
    graph->sizes = arena_array(arena, graph->node_count, sizeof *graph->sizes);
    graph->sites = arena_array(arena, graph->node_count, sizeof *graph->sites);
    graph->types = arena_array(arena, graph->node_count, sizeof *graph->types);
    graph->births_ns = arena_array(arena, graph->node_count, sizeof *graph->births_ns);
    graph->birth_origin_ns = both->graph->birth_origin_ns;
    graph->flags = arena_array(arena, graph->node_count, sizeof *graph->flags);
    graph->edge_starts =
        arena_array(arena, (size_t)graph->node_count + 1, sizeof *graph->edge_starts);
    for (uint32_t node = 0, place = 0; node < both->node_count; node++) {
        uint32_t object = both->object_of[node];
        bool is_object = object != PYTHON_GRAPH_NONE;
        if (!held[node])
            continue;
        place_of[node] = place;
        part->nodes[place] = node;
        graph->addresses[place] =
            is_object ? both->heap->addresses[object] : both->graph->addresses[node];
        graph->sizes[place] = python_graph_size(both, node);
        graph->sites[place] = python_graph_site(both, node);
        graph->births_ns[place] =
            node < both->graph->node_count ? graph_birth(both->graph, node) : 0;
        graph->types[place] = is_object ? both->heap->types[object]
                              : both->graph->types[node]
                                  ? both->heap->type_count + both->graph->types[node]
                                  : 0;
        place++;
    }
}

/* Python's types first, then those of blocks. */
static void fill_types(struct python_part *part, struct arena *arena)
{
    const struct python_heap *heap = part->both->heap;
    const struct graph *whole = part->both->graph;
    struct graph *graph = &part->graph;
    graph->type_count = heap->type_count + whole->type_count;
    graph->type_names =
        arena_array(arena, (size_t)graph->type_count + 1, sizeof(*graph->type_names));
    for (uint32_t type = 1; type <= heap->type_count; type++)
        graph->type_names[type] = heap->type_names[type];
    for (uint32_t type = 1; type <= whole->type_count; type++)
        graph->type_names[heap->type_count + type] = whole->type_names[type];
}

/* References that do the same get the same offset, so that identical cycles compare equal; python.c
 * puts the labels back. */
static void fill_edges(struct python_part *part, struct arena *arena)
{
    struct graph *graph = &part->graph;
    struct graph_edge *edges = arena_array(arena, graph->edge_count, sizeof *edges);
    for (uint32_t node = 0; node < graph->node_count; node++)
        for (uint32_t i = graph->edge_starts[node]; i < graph->edge_starts[node + 1]; i++) {
            uint32_t reference = part->references[i];
            edges[i] = (struct graph_edge){.from = node, .to = graph->targets[i]};
            if (reference != PYTHON_GRAPH_NONE) {
                edges[i].offset = python_heap_label_kind(part->both->heap, reference);
                edges[i].target_offset = (uint64_t)reference + 1;
            }
        }
    graph->held_edges = edges;
}

static bool nothing_is_suppressed(uint32_t node, uint32_t site, void *context)
{
    (void)node, (void)site, (void)context;
    return false;
}

void python_part_build(struct python_part *part, struct arena *arena,
                       const struct python_graph *both, const bool *chosen)
{
    struct arena *scratch = arena_child(arena);
    uint32_t *waiting = arena_array(scratch, both->node_count, sizeof *waiting);
    const bool *closed = close_by_counts(scratch, both, chosen);
    bool *others = find_others(scratch, both, closed, waiting);
    bool *held = find_held(scratch, both, chosen, others, waiting);
    *part = (struct python_part){.both = both};
    struct filler filler = {.part = part};
    filler.place_of = arena_array(scratch, both->node_count, sizeof *filler.place_of);
    fill_nodes(part, arena, filler.place_of, held);
    fill_types(part, arena);
    walk_edges(&filler, true);
    part->graph.edge_count = filler.edge_count;
    part->graph.targets = arena_array(arena, filler.edge_count, sizeof *part->graph.targets);
    part->references = arena_array(arena, filler.edge_count, sizeof *part->references);
    walk_edges(&filler, false);
    part->graph.edge_starts[part->graph.node_count] = filler.edge_count;
    fill_edges(part, arena);
    arena_free(scratch);
    leak_graph_build(&part->leaks, arena, &part->graph, nothing_is_suppressed, NULL);
}
