/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/deep_sizes.h"

#include <stdbool.h>
#include <string.h>

#include "analyzer/graph/python_merge.h"
#include "preload/recording.h"

/* Every type walks the graph once; this bounds all walks to some seconds. */
#define MOST_STEPS ((uint64_t)1 << 30)

struct walk {
    const struct deep_sizes *input;
    bool *is_used_only;  /* by node: walks stop there */
    uint32_t *walked_by; /* by node: the last type + 1 that got there */
    uint32_t *waiting;
    uint32_t count;
    uint64_t steps;
};

/* --- where walks end --- */

static bool is_name_of_code(const char *name)
{
    static const char *const names[] = {
        "module",
        "function",
        "builtin_function_or_method",
        "code",
        "frame",
        "getset_descriptor",
        "member_descriptor",
        "method_descriptor",
        "wrapper_descriptor",
        "classmethod_descriptor",
        "staticmethod",
        "classmethod",
        "property",
    };
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void find_ends(struct walk *walk, struct arena *arena)
{
    const struct graph *graph = walk->input->graph;
    bool *is_code = arena_array(arena, (size_t)graph->type_count + 1, sizeof *is_code);
    walk->is_used_only = arena_array(arena, graph->node_count, sizeof *walk->is_used_only);
    for (uint32_t type = 1; type <= graph->type_count; type++)
        is_code[type] = is_name_of_code(graph->type_names[type]);
    for (uint32_t node = 0; node < graph->node_count; node++)
        walk->is_used_only[node] =
            python_merge_is_object(graph, node) &&
            (is_code[graph->types[node]] || graph->python_flags[node] & RECORDING_PYTHON_TYPE);
}

/* --- one type --- */

static void wait_for(struct walk *walk, uint32_t node, uint32_t mark)
{
    if (walk->walked_by[node] == mark)
        return;
    walk->walked_by[node] = mark;
    walk->waiting[walk->count++] = node;
}

static uint64_t walk_from_waiting(struct walk *walk, uint32_t mark)
{
    const struct graph *graph = walk->input->graph;
    uint64_t bytes = 0;
    while (walk->count) {
        uint32_t node = walk->waiting[--walk->count];
        bytes += graph->sizes[node];
        walk->steps += 1 + graph->edge_starts[node + 1] - graph->edge_starts[node];
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1];
             edge++) {
            uint32_t target = graph->targets[edge];
            if (!walk->is_used_only[target] && !(graph->flags[target] & GRAPH_FREED))
                wait_for(walk, target, mark);
        }
    }
    return bytes;
}

/* --- all --- */

/* Sorts nodes by type. */
static uint32_t *sort_by_type(const struct deep_sizes *input, struct arena *arena, uint32_t *starts)
{
    uint32_t *nodes = arena_array(arena, input->graph->node_count, sizeof *nodes);
    for (uint32_t node = 0; node < input->graph->node_count; node++)
        if (input->type_of[node] < input->type_count)
            starts[input->type_of[node] + 2]++;
    for (size_t type = 0; type < input->type_count; type++)
        starts[type + 2] += starts[type + 1];
    for (uint32_t node = 0; node < input->graph->node_count; node++)
        if (input->type_of[node] < input->type_count)
            nodes[starts[input->type_of[node] + 1]++] = node;
    return nodes;
}

uint64_t *deep_sizes_find(const struct deep_sizes *input, struct arena *arena)
{
    if (!input->graph->python)
        return NULL;
    struct arena *scratch = arena_child(arena);
    struct walk walk = {
        .input = input,
        .walked_by = arena_array(scratch, input->graph->node_count, sizeof *walk.walked_by),
        .waiting = arena_array(scratch, input->graph->node_count, sizeof *walk.waiting),
    };
    uint32_t *starts = arena_array(scratch, input->type_count + 2, sizeof *starts);
    uint32_t *nodes = sort_by_type(input, scratch, starts);
    uint64_t *bytes = arena_array(arena, input->type_count, sizeof *bytes);
    find_ends(&walk, scratch);
    for (uint32_t type = 0; type < input->type_count && walk.steps < MOST_STEPS; type++) {
        for (uint32_t i = starts[type]; i < starts[type + 1]; i++)
            wait_for(&walk, nodes[i], type + 1);
        bytes[type] = walk_from_waiting(&walk, type + 1);
    }
    bool is_done = walk.steps < MOST_STEPS;
    arena_free(scratch);
    return is_done ? bytes : NULL;
}
