/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/dominated.h"

static uint32_t parent_of(const struct graph *graph, const struct dominator_tree *tree,
                          uint32_t node)
{
    uint32_t parent = tree->parents[node];
    return parent == DOMINATOR_ROOTS ? graph->node_count : parent;
}

void dominated_find(struct dominated *dominated, struct arena *arena, const struct graph *graph,
                    const struct dominator_tree *tree)
{
    size_t count = graph->node_count;
    dominated->starts = arena_array(arena, count + 3, sizeof *dominated->starts);
    dominated->nodes = arena_array(arena, tree->reached_count, sizeof *dominated->nodes);
    uint32_t *next = dominated->starts + 1; /* one further: filling moves each to its place */
    for (uint32_t i = 0; i < tree->reached_count; i++)
        next[parent_of(graph, tree, tree->order[i]) + 1]++;
    for (size_t node = 0; node <= count; node++)
        next[node + 1] += next[node];
    for (uint32_t i = 0; i < tree->reached_count; i++)
        dominated->nodes[next[parent_of(graph, tree, tree->order[i])]++] = tree->order[i];
}
