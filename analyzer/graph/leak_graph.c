/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/leak_graph.h"

enum fate { FATE_UNREACHED, FATE_REACHABLE, FATE_SUPPRESSED };

struct marker {
    const struct graph *graph;
    uint8_t *fates;    /* enum fate, by node */
    uint32_t *waiting; /* marked, but their edges not yet followed */
    uint32_t waiting_count;
};

static void mark(struct marker *marker, uint32_t node, enum fate fate)
{
    if (marker->fates[node] != FATE_UNREACHED)
        return;
    marker->fates[node] = (uint8_t)fate;
    marker->waiting[marker->waiting_count++] = node;
}

static void mark_from_waiting(struct marker *marker, enum fate fate)
{
    const struct graph *graph = marker->graph;
    while (marker->waiting_count) {
        uint32_t node = marker->waiting[--marker->waiting_count];
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
            mark(marker, graph->targets[edge], fate);
    }
}

static void mark_reachable(struct marker *marker)
{
    const struct graph *graph = marker->graph;
    for (uint32_t i = 0; i < graph->root_count; i++)
        mark(marker, graph->roots[i], FATE_REACHABLE);
    for (uint32_t node = 0; node < graph->node_count; node++)
        if (graph->flags[node] & GRAPH_IS_ROOT)
            mark(marker, node, FATE_REACHABLE);
    mark_from_waiting(marker, FATE_REACHABLE);
}

static void mark_suppressed(struct marker *marker, leak_graph_suppression *is_suppressed,
                            void *context)
{
    const struct graph *graph = marker->graph;
    for (uint32_t node = 0; node < graph->node_count; node++) {
        bool candidate =
            marker->fates[node] == FATE_UNREACHED && !(graph->flags[node] & GRAPH_FREED);
        if (candidate && is_suppressed(node, graph->sites[node], context))
            mark(marker, node, FATE_SUPPRESSED);
    }
    mark_from_waiting(marker, FATE_SUPPRESSED);
}

static void add(struct amount *amount, uint64_t bytes)
{
    amount->blocks++;
    amount->bytes += bytes;
}

static void take_fates(struct leak_graph *leaks, const struct marker *marker)
{
    const struct graph *graph = leaks->graph;
    for (uint32_t node = 0; node < graph->node_count; node++) {
        if (graph->flags[node] & GRAPH_FREED)
            continue;
        if (marker->fates[node] == FATE_REACHABLE)
            add(&leaks->reachable, graph->sizes[node]);
        else if (marker->fates[node] == FATE_SUPPRESSED)
            add(&leaks->suppressed, graph->sizes[node]);
        else
            leaks->leaked[node] = true;
    }
}

static void count_edge(uint32_t node, uint32_t target, void *context)
{
    uint32_t *edges_into = context;
    (void)node;
    edges_into[target]++;
}

void leak_graph_build(struct leak_graph *leaks, struct arena *arena, const struct graph *graph,
                      leak_graph_suppression *is_suppressed, void *context)
{
    struct arena *scratch = arena_child(arena);
    struct marker marker = {
        .graph = graph,
        .fates = arena_array(scratch, graph->node_count, sizeof *marker.fates),
        .waiting = arena_array(scratch, graph->node_count, sizeof *marker.waiting),
    };
    *leaks = (struct leak_graph){
        .graph = graph,
        .leaked = arena_array(arena, graph->node_count, sizeof *leaks->leaked),
    };
    mark_reachable(&marker);
    mark_suppressed(&marker, is_suppressed, context);
    take_fates(leaks, &marker);
    arena_free(scratch);

    components_find(&leaks->components, arena, graph, leaks->leaked);
    leaks->is_cycle = arena_array(arena, leaks->components.count, sizeof *leaks->is_cycle);
    leaks->edges_into = arena_array(arena, leaks->components.count, sizeof *leaks->edges_into);
    for (uint32_t component = 0; component < leaks->components.count; component++)
        leaks->is_cycle[component] = components_is_cycle(&leaks->components, graph, component);
    for (uint32_t component = 0; component < leaks->components.count; component++)
        components_visit_edges(&leaks->components, graph, component, count_edge, leaks->edges_into);
}

enum leak_class leak_graph_class(const struct leak_graph *leaks, uint32_t node)
{
    uint32_t component = leaks->components.of_node[node];
    if (leaks->is_cycle[component])
        return LEAK_CYCLE;
    return leaks->edges_into[component] == 0 ? LEAK_DIRECT : LEAK_INDIRECT;
}
