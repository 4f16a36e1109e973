/* SPDX-License-Identifier: MIT */
#include "analyzer/paths.h"

#include <string.h>

struct search {
    const struct graph *graph;
    struct paths *paths;
    uint32_t *queue;
    uint32_t head, tail;
    const struct thread_places *places;
    bool stacks; /* which roots are taken up now */
};

static void take(struct search *search, uint32_t node, uint32_t from)
{
    if (search->paths->from[node] != PATHS_UNREACHED)
        return;
    search->paths->from[node] = from;
    search->paths->by_stack[node] = search->stacks;
    search->queue[search->tail++] = node;
}

static void visit_root(const struct graph_root *root, void *context)
{
    struct search *search = context;
    bool is_variable = root->kind == RECORDING_ROOT_STACK &&
                       thread_places_storage(search->places, root->address) != NULL;
    bool is_stack = root->kind == RECORDING_ROOT_STACK || root->kind == RECORDING_ROOT_REGISTER;
    if ((is_stack && !is_variable) == search->stacks)
        take(search, root->to, PATHS_ROOT);
}

static void walk(struct search *search)
{
    const struct graph *graph = search->graph;
    while (search->head < search->tail) {
        uint32_t node = search->queue[search->head++];
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
            take(search, graph->targets[edge], node);
    }
}

bool paths_find(struct paths *paths, struct arena *arena, const struct graph *graph,
                const struct recording *recording, const struct recording_snapshot_entry *snapshot,
                const struct thread_places *places, struct error *error)
{
    struct arena *scratch = arena_child(arena);
    struct search search = {
        .graph = graph,
        .paths = paths,
        .places = places,
        .queue = arena_array(scratch, graph->node_count, sizeof *search.queue),
    };
    paths->from = arena_array(arena, graph->node_count, sizeof *paths->from);
    paths->by_stack = arena_array(arena, graph->node_count, sizeof *paths->by_stack);
    memset(paths->from, 0xff, graph->node_count * sizeof *paths->from);
    bool done = true;
    for (int pass = 0; pass < 2 && done; pass++) {
        search.stacks = pass == 1;
        done = graph_read_roots(graph, scratch, recording, snapshot, visit_root, &search, error);
        for (uint32_t node = 0; pass == 0 && node < graph->node_count; node++)
            if (graph->flags[node] & GRAPH_IS_ROOT)
                take(&search, node, PATHS_ROOT);
        walk(&search);
    }
    arena_free(scratch);
    return done;
}

void referrers_find(struct referrers *referrers, struct arena *arena, const struct graph *graph)
{
    referrers->starts =
        arena_array(arena, (size_t)graph->node_count + 2, sizeof *referrers->starts);
    referrers->nodes = arena_array(arena, graph->edge_count, sizeof *referrers->nodes);
    uint32_t *next = referrers->starts + 1; /* one further: filling moves each to its place */
    for (uint32_t edge = 0; edge < graph->edge_count; edge++)
        next[graph->targets[edge] + 1]++;
    for (uint32_t node = 0; node < graph->node_count; node++)
        next[node + 1] += next[node];
    for (uint32_t node = 0; node < graph->node_count; node++)
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
            referrers->nodes[next[graph->targets[edge]]++] = node;
}
