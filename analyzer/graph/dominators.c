/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/dominators.h"

#define NO_PARENT UINT32_MAX

/*
 * A tree that grows downwards. `jumps` lead to an ancestor further up, spaced so that any ancestor
 * is a logarithmic number of steps away (skew binary numbers).
 */
struct tree {
    uint32_t *parents, *jumps, *depths;
};

static void link_to_parent(struct tree *tree, uint32_t node, uint32_t parent)
{
    uint32_t jump = tree->jumps[parent];
    uint32_t near = tree->depths[parent] - tree->depths[jump];
    uint32_t far = tree->depths[jump] - tree->depths[tree->jumps[jump]];
    tree->parents[node] = parent;
    tree->depths[node] = tree->depths[parent] + 1;
    tree->jumps[node] = near == far ? tree->jumps[jump] : parent;
}

static uint32_t climb(const struct tree *tree, uint32_t node, uint32_t depth)
{
    while (tree->depths[node] > depth)
        node = tree->depths[tree->jumps[node]] >= depth ? tree->jumps[node] : tree->parents[node];
    return node;
}

static uint32_t common_ancestor(const struct tree *tree, uint32_t one, uint32_t other)
{
    if (tree->depths[one] < tree->depths[other])
        other = climb(tree, other, tree->depths[one]);
    else
        one = climb(tree, one, tree->depths[other]);
    while (one != other) {
        bool far = tree->jumps[one] != tree->jumps[other];
        one = far ? tree->jumps[one] : tree->parents[one];
        other = far ? tree->jumps[other] : tree->parents[other];
    }
    return one;
}

/* Tells the components that `component` points to about one more way to them. */
static void pass_on(struct tree *tree, const struct graph *graph,
                    const struct components *components, uint32_t component)
{
    for (uint32_t i = components->starts[component]; i < components->starts[component + 1]; i++) {
        uint32_t node = components->nodes[i];
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1];
             edge++) {
            uint32_t target = components->of_node[graph->targets[edge]];
            if (target == COMPONENT_NONE || target == component)
                continue;
            uint32_t before = tree->parents[target];
            tree->parents[target] =
                before == NO_PARENT ? component : common_ancestor(tree, before, component);
        }
    }
}

static void build_tree(struct dominators *dominators, struct arena *scratch,
                       const struct graph *graph, const struct components *components)
{
    uint32_t count = components->count;
    struct tree tree = {
        .parents = dominators->parents,
        .jumps = arena_array(scratch, (size_t)count + 1, sizeof *tree.jumps),
        .depths = arena_array(scratch, (size_t)count + 1, sizeof *tree.depths),
    };
    for (uint32_t component = 0; component < count; component++)
        tree.parents[component] = NO_PARENT;
    tree.parents[count] = tree.jumps[count] = count;
    for (uint32_t component = count; component-- > 0;) {
        /* All that point to it have higher numbers, so its parent is final. */
        dominators->is_source[component] = tree.parents[component] == NO_PARENT;
        link_to_parent(&tree, component,
                       dominators->is_source[component] ? count : tree.parents[component]);
        pass_on(&tree, graph, components, component);
    }
}

static void sum_retained(struct dominators *dominators, const struct graph *graph,
                         const struct components *components)
{
    for (uint32_t component = 0; component < components->count; component++) {
        for (uint32_t i = components->starts[component]; i < components->starts[component + 1]; i++)
            dominators->retained[component] += graph->sizes[components->nodes[i]];
        /* Those it dominates have lower numbers and are complete. */
        dominators->retained[dominators->parents[component]] += dominators->retained[component];
    }
}

static void number_places(struct dominators *dominators, struct arena *scratch, uint32_t count)
{
    uint32_t *sizes = arena_array(scratch, (size_t)count + 1, sizeof *sizes);
    uint32_t *next = arena_array(scratch, (size_t)count + 1, sizeof *next);
    for (uint32_t component = 0; component < count; component++)
        sizes[dominators->parents[component]] += ++sizes[component];
    sizes[count]++;
    next[count] = 1;
    dominators->by_place[0] = count;
    dominators->place_ends[count] = sizes[count];
    for (uint32_t component = count; component-- > 0;) {
        uint32_t place = next[dominators->parents[component]];
        next[dominators->parents[component]] += sizes[component];
        next[component] = place + 1;
        dominators->places[component] = place;
        dominators->place_ends[component] = place + sizes[component];
        dominators->by_place[place] = component;
    }
}

void dominators_find(struct dominators *dominators, struct arena *arena, const struct graph *graph,
                     const struct components *components)
{
    struct arena *scratch = arena_child(arena);
    size_t size = (size_t)components->count + 1;
    *dominators = (struct dominators){
        .root = components->count,
        .parents = arena_array(arena, size, sizeof *dominators->parents),
        .retained = arena_array(arena, size, sizeof *dominators->retained),
        .is_source = arena_array(arena, size, sizeof *dominators->is_source),
        .places = arena_array(arena, size, sizeof *dominators->places),
        .place_ends = arena_array(arena, size, sizeof *dominators->place_ends),
        .by_place = arena_array(arena, size, sizeof *dominators->by_place),
    };
    build_tree(dominators, scratch, graph, components);
    sum_retained(dominators, graph, components);
    number_places(dominators, scratch, components->count);
    arena_free(scratch);
}
