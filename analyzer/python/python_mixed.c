/* SPDX-License-Identifier: MIT */
#include "analyzer/python/python_mixed.h"

#include <string.h>

#include "analyzer/leaks/cycles.h"
#include "analyzer/objects/node_names.h"
#include "analyzer/python/python_lost.h"
#include "analyzer/python/python_part.h"
#include "analyzer/python/python_registry.h"
#include "analyzer/leaks/weakening.h"

struct finder {
    const struct evidence *evidence;
    const bool *garbage;      /* by object */
    struct graph graph;       /* the snapshot's, without the registry's pointers */
    struct python_graph both; /* with that graph */
    struct python_registry registry;
    struct python_lost lost;
    const bool *is_registered; /* by object */
    struct python_part part;
    struct node_names *names;
    struct arena *arena;
};

/* --- what is lost --- */

static void drop_pointers(const struct finder *finder,
                          const struct python_registration *registration)
{
    const struct graph *graph = &finder->graph;
    uint32_t node = registration->node, instance = finder->both.node_of[registration->instance];
    for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
        if (graph->targets[edge] == instance || graph->targets[edge] == registration->value)
            graph->targets[edge] = node;
}

/* Works on a copy of the targets: the image's are shared. */
static void drop_borrowed(struct finder *finder, struct arena *scratch)
{
    struct graph *graph = &finder->graph;
    graph->targets =
        arena_duplicate(scratch, graph->targets, graph->edge_count, sizeof *graph->targets);
    for (size_t i = 0; i < finder->registry.count; i++)
        drop_pointers(finder, &finder->registry.all[i]);
}

static const bool *mark_registered(const struct finder *finder, struct arena *scratch)
{
    bool *is_registered =
        arena_array(scratch, finder->both.heap->object_count, sizeof *is_registered);
    for (size_t i = 0; i < finder->registry.count; i++)
        is_registered[finder->registry.all[i].instance] = true;
    return is_registered;
}

static bool is_any_lost(const struct finder *finder)
{
    for (size_t i = 0; i < finder->registry.count; i++)
        if (!finder->lost.is_held[finder->both.node_of[finder->registry.all[i].instance]])
            return true;
    return false;
}

static const bool *lost_objects(const struct finder *finder, struct arena *scratch)
{
    const struct python_graph *both = &finder->both;
    bool *lost = arena_array(scratch, both->heap->object_count, sizeof *lost);
    for (uint32_t object = 0; object < both->heap->object_count; object++)
        lost[object] = !finder->lost.is_held[both->node_of[object]];
    return lost;
}

/* --- names --- */

/* A node of the whole graph; PYTHON_GRAPH_NONE for an object without a block. */
static uint32_t node_of(const struct finder *finder, const struct cycle_member *member)
{
    const struct graph *graph = &finder->graph;
    uint32_t object = python_heap_at(finder->both.heap, member->address);
    if (object != UINT32_MAX)
        return finder->both.node_of[object];
    uint32_t low = 0, high = graph->node_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (graph->addresses[middle] < member->address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < graph->node_count && graph->addresses[low] == member->address ? low
                                                                               : PYTHON_GRAPH_NONE;
}

static bool is_object(const struct finder *finder, uint32_t node)
{
    return node != PYTHON_GRAPH_NONE && finder->both.object_of[node] != PYTHON_GRAPH_NONE;
}

/* The next pointer from one to the other, after `taken` of them. */
static const struct graph_edge *find_pointer(const struct finder *finder, uint32_t from,
                                             uint32_t to, size_t taken)
{
    const struct python_lost *lost = &finder->lost;
    size_t low = 0, high = lost->edge_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lost->edges[middle].from < from)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < lost->edge_count && lost->edges[low].from == from; low++)
        if (lost->edges[low].to == to && taken-- == 0)
            return &lost->edges[low];
    return NULL;
}

static size_t count_before(const struct cycle_edge *edges, const struct cycle_edge *edge)
{
    size_t count = 0;
    for (; edges < edge; edges++)
        count += edges->from == edge->from && edges->to == edge->to && !edges->exact;
    return count;
}

/* A user can drop what C++ keeps of Python, but not how C++ keeps it. */
static void label_pointer(const struct finder *finder, struct cycle_edge *edge, uint32_t from,
                          uint32_t to, size_t taken)
{
    const struct graph_edge *pointer = find_pointer(finder, from, to, taken);
    if (pointer) {
        edge->offset = pointer->offset;
        edge->target_offset = pointer->target_offset;
        edge->tagged = pointer->tagged;
    }
    if (is_object(finder, from))
        edge->label = "its C++ object";
    else if (pointer)
        edge->label = node_names_edge(finder->names, from, pointer->offset).text;
    if (is_object(finder, from) || !is_object(finder, to))
        edge->ownership = "owned";
}

static void label_edges(const struct finder *finder, struct cycle *cycle)
{
    const struct python_heap *heap = finder->both.heap;
    struct cycle_edge *edges = arena_array(finder->arena, cycle->edge_count, sizeof *edges);
    for (size_t i = 0; i < cycle->edge_count; i++) {
        const struct cycle_edge *edge = &cycle->edges[i];
        edges[i] = (struct cycle_edge){.from = edge->from, .to = edge->to};
        if (edge->target_offset) {
            edges[i].exact = true;
            edges[i].label =
                python_heap_label(heap, finder->arena, (uint32_t)edge->target_offset - 1);
            edges[i].ownership = "owned";
        } else {
            label_pointer(finder, &edges[i], node_of(finder, &cycle->members[edge->from]),
                          node_of(finder, &cycle->members[edge->to]),
                          count_before(edges, &edges[i]));
        }
    }
    cycle->edges = edges;
}

/* An object of a class without virtual functions holds nothing that names its class. */
static const char *name_by_instance(const struct finder *finder, uint32_t node)
{
    const struct python_heap *heap = finder->both.heap;
    for (size_t i = 0; i < finder->registry.count; i++) {
        const char *type = heap->type_names[heap->types[finder->registry.all[i].instance]];
        if (finder->registry.all[i].value == node && type)
            return arena_printf(finder->arena, "C++ object of %s", type);
    }
    return NULL;
}

static void name_members(const struct finder *finder, struct cycle *cycle)
{
    struct cycle_member *members = arena_array(finder->arena, cycle->member_count, sizeof *members);
    for (size_t i = 0; i < cycle->member_count; i++) {
        members[i] = cycle->members[i];
        uint32_t node = node_of(finder, &members[i]);
        if (node == PYTHON_GRAPH_NONE || is_object(finder, node))
            continue;
        members[i].type = node_names_type(finder->names, node);
        if (!members[i].type)
            members[i].type = name_by_instance(finder, node);
    }
    cycle->members = members;
}

static bool name_blocks(struct finder *finder, struct arena *scratch, struct error *error)
{
    bool *wanted = arena_array(scratch, finder->graph.node_count, sizeof *wanted);
    for (uint32_t i = 0; i < finder->part.graph.node_count; i++)
        if (finder->part.nodes[i] < finder->graph.node_count)
            wanted[finder->part.nodes[i]] = true;
    const struct node_names_input named = {
        .graph = &finder->graph,
        .part = wanted,
        .stacks = finder->evidence->stacks,
    };
    finder->names = node_names_find(finder->arena, scratch, &named, error);
    return finder->names != NULL;
}

/* --- cycles --- */

/* Passes through an object of pybind11 and native memory, and nothing that the collector would
 * find. */
static bool is_mixed(const struct finder *finder, const struct cycle *cycle)
{
    bool is_of_pybind11 = false, is_native = false, is_garbage = false;
    for (size_t i = 0; i < cycle->member_count; i++) {
        uint32_t node = node_of(finder, &cycle->members[i]);
        if (is_object(finder, node)) {
            uint32_t object = finder->both.object_of[node];
            is_of_pybind11 |= finder->is_registered[object];
            is_garbage |= finder->garbage[object];
        } else {
            is_native |=
                node != PYTHON_GRAPH_NONE && !(finder->graph.flags[node] & GRAPH_OF_PYTHON);
        }
    }
    return is_of_pybind11 && is_native && !is_garbage;
}

static void add_cycle(struct python *python, struct cycle *list, const struct finder *finder,
                      const struct cycle *found)
{
    struct cycle *cycle = &list[python->mixed_count++];
    *cycle = *found;
    name_members(finder, cycle);
    label_edges(finder, cycle);
    weakening_propose(finder->arena, cycle);
    cycle->why_weaken = "the collector cannot see what C++ holds";
    python->mixed_cycles += cycle->count;
    python->mixed_retained_bytes += cycle->retained_bytes;
}

static bool find_cycles(struct python *python, struct finder *finder, struct arena *scratch,
                        struct error *error)
{
    struct cycles cycles;
    python_part_build(&finder->part, scratch, &finder->both, lost_objects(finder, scratch));
    if (!cycles_find(&cycles, finder->arena, &finder->part.leaks, finder->evidence->sites, NULL,
                     error) ||
        !name_blocks(finder, scratch, error))
        return false;
    struct cycle *list = arena_array(finder->arena, cycles.count, sizeof *list);
    for (size_t i = 0; i < cycles.count; i++)
        if (is_mixed(finder, &cycles.all[i]))
            add_cycle(python, list, finder, &cycles.all[i]);
    python->mixed = list;
    return true;
}

/* A pointer in an unseen register may be all that holds an object. */
static bool can_be_judged(const struct recording_snapshot_entry *snapshot)
{
    return snapshot->snapshot.reason == RECORDING_AT_PYTHON_END ||
           !(snapshot->snapshot.flags & RECORDING_SNAPSHOT_QUIET);
}

bool python_mixed_find(struct python *python, struct arena *arena, const struct python_graph *both,
                       const bool *garbage, const struct evidence *evidence, struct error *error)
{
    if (!can_be_judged(both->graph->snapshot))
        return true;
    struct arena *scratch = arena_child(arena);
    struct finder finder = {
        .evidence = evidence,
        .garbage = garbage,
        .graph = *both->graph,
        .both = *both,
        .arena = arena,
    };
    finder.both.graph = &finder.graph;
    bool done = python_registry_find(&finder.registry, scratch, both, error);
    if (done && finder.registry.count) {
        finder.is_registered = mark_registered(&finder, scratch);
        drop_borrowed(&finder, scratch);
        done = python_lost_find(&finder.lost, scratch, &finder.both, &finder.registry, error) &&
               (!is_any_lost(&finder) || find_cycles(python, &finder, scratch, error));
    }
    arena_free(scratch);
    return done;
}
