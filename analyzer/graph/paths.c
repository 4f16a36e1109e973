/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/paths.h"

#include <string.h>

#include "analyzer/graph/python_merge.h"

/* Roots that say more come first. libc's (typically stdout's buffer) may be stale. */
enum turn { TURN_VARIABLES, TURN_OTHERS, TURN_STACKS, TURNS };

struct search {
    const struct graph *graph;
    struct paths *paths;
    uint32_t *queue;
    uint32_t head, tail;
    const struct thread_places *places;
    enum turn turn; /* whose roots are being taken */
};

static void take(struct search *search, uint32_t node, uint32_t from)
{
    if (search->paths->from[node] != PATHS_UNREACHED)
        return;
    search->paths->from[node] = from;
    search->paths->by_stack[node] = search->turn == TURN_STACKS;
    search->queue[search->tail++] = node;
}

static bool is_of_program(const struct search *search, uint64_t module_index)
{
    const struct recording_module *module =
        recording_module(search->graph->recording, module_index);
    return module && !(module->flags & (RECORDING_MODULE_LIBC | RECORDING_MODULE_LOADER));
}

static enum turn turn_of(const struct search *search, const struct graph_root *root)
{
    if (root->kind == RECORDING_ROOT_REGISTER)
        return TURN_STACKS;
    if (root->kind == RECORDING_ROOT_DATA)
        return is_of_program(search, root->owner) ? TURN_VARIABLES : TURN_OTHERS;
    const struct thread_storage *storage = thread_places_storage(search->places, root->address);
    if (storage)
        return is_of_program(search, storage->module) ? TURN_VARIABLES : TURN_OTHERS;
    bool is_frame_of_python =
        root->kind == RECORDING_ROOT_ANONYMOUS && python_merge_is_object(search->graph, root->to);
    return root->kind == RECORDING_ROOT_STACK || is_frame_of_python ? TURN_STACKS : TURN_OTHERS;
}

static void visit_root(const struct graph_root *root, void *context)
{
    struct search *search = context;
    if (turn_of(search, root) == search->turn)
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

/* --- variables of Python's modules --- */

static bool is_of_type(const struct graph *graph, uint32_t node, const char *name)
{
    const char *type =
        python_merge_is_object(graph, node) ? graph->type_names[graph->types[node]] : NULL;
    return type && strcmp(type, name) == 0;
}

static bool leads_through(const struct paths *paths, const struct graph *graph, uint32_t node,
                          uint32_t through)
{
    while (node < graph->node_count && node != through)
        node = paths->from[node];
    return node == through;
}

/* Every function refers to its module's variables, but people want to see the path through the
 * module. */
static void prefer_modules(struct paths *paths, const struct graph *graph)
{
    for (uint32_t node = 0; node < graph->node_count; node++) {
        if (!is_of_type(graph, node, "module") || paths->from[node] == PATHS_UNREACHED)
            continue;
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
            if (is_of_type(graph, graph->targets[edge], "dict") &&
                !leads_through(paths, graph, node, graph->targets[edge]))
                paths->from[graph->targets[edge]] = node;
    }
}

bool paths_find(struct paths *paths, struct arena *arena, const struct graph *graph,
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
    for (int turn = 0; turn < TURNS && done; turn++) {
        search.turn = (enum turn)turn;
        done = graph_read_roots(graph, scratch, visit_root, &search, error);
        for (uint32_t node = 0; turn == TURN_OTHERS && node < graph->node_count; node++)
            if (graph->flags[node] & GRAPH_IS_ROOT)
                take(&search, node, PATHS_ROOT);
        walk(&search);
    }
    if (graph->python)
        prefer_modules(paths, graph);
    arena_free(scratch);
    return done;
}

void referrers_find(struct referrers *referrers, struct arena *arena, const struct graph *graph)
{
    referrers->starts =
        arena_array(arena, (size_t)graph->node_count + 2, sizeof *referrers->starts);
    referrers->nodes = arena_array(arena, graph->edge_count, sizeof *referrers->nodes);
    uint32_t *next = referrers->starts + 1; /* one ahead: filling moves each to its place */
    for (uint32_t edge = 0; edge < graph->edge_count; edge++)
        next[graph->targets[edge] + 1]++;
    for (uint32_t node = 0; node < graph->node_count; node++)
        next[node + 1] += next[node];
    for (uint32_t node = 0; node < graph->node_count; node++)
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
            referrers->nodes[next[graph->targets[edge]]++] = node;
}
