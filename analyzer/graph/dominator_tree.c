/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/dominator_tree.h"

/*
 * Everything works on preorder numbers of a depth-first search: 0 is the virtual root above all
 * roots, and a node's ancestors have smaller numbers.
 */

/* What an edge needs to know about its target lies together, because nearly every access misses the
 * cache. */
struct target {
    uint32_t number;  /* 0: not reached */
    uint32_t sources; /* the number of edges that lead to it from reached nodes; later where they
                         start */
};

/* Finished vertices hang in a forest whose paths are shortened as they are used. */
struct vertex {
    uint32_t ancestor; /* the parent at first */
    uint32_t best;     /* the smallest semidominator between it and the ancestor */
};

struct finder {
    const struct graph *graph;
    struct dominator_tree *tree;
    struct target *targets;   /* by node */
    struct vertex *vertices;  /* by number */
    uint32_t *dominators;     /* by number; the parent at first */
    uint32_t *semidominators; /* by number */
    uint32_t *sources; /* by target and number of the edge: the number of the edge's source */
    uint32_t *path;    /* vertices whose path is to be shortened */
    uint32_t path_length;
};

/* --- the search --- */

/* A node on the path from the roots to the current one. */
struct visit {
    uint32_t next_edge, end_edge, number;
};

static struct visit enter(struct finder *finder, uint32_t node, uint32_t parent)
{
    enum { LOOK_AHEAD = 8 };
    const struct graph *graph = finder->graph;
    uint32_t first = graph->edge_starts[node], end = graph->edge_starts[node + 1];
    uint32_t number = ++finder->tree->reached_count;
    finder->targets[node].number = number;
    finder->tree->order[number - 1] = node;
    finder->vertices[number] = (struct vertex){parent, number};
    finder->dominators[number] = parent;
    for (uint32_t edge = first; edge < end && edge - first < LOOK_AHEAD; edge++)
        __builtin_prefetch(&finder->targets[graph->targets[edge]], 1);
    return (struct visit){first, end, number};
}

static void search_from(struct finder *finder, struct visit *path, uint32_t root)
{
    uint32_t length = 0;
    if (finder->targets[root].number)
        return;
    path[length++] = enter(finder, root, 0);
    while (length) {
        struct visit *visit = &path[length - 1];
        if (visit->next_edge == visit->end_edge) {
            length--;
            continue;
        }
        uint32_t target = finder->graph->targets[visit->next_edge++];
        finder->targets[target].sources++;
        if (!finder->targets[target].number)
            path[length++] = enter(finder, target, visit->number);
    }
}

static void search(struct finder *finder, struct arena *arena)
{
    const struct graph *graph = finder->graph;
    struct arena *scratch = arena_child(arena);
    struct visit *path = arena_array(scratch, graph->node_count, sizeof *path);
    for (uint32_t i = 0; i < graph->root_count; i++)
        search_from(finder, path, graph->roots[i]);
    for (uint32_t node = 0; node < graph->node_count; node++)
        if (graph->flags[node] & GRAPH_IS_ROOT)
            search_from(finder, path, node);
    arena_free(scratch);
}

/* --- who points to a node --- */

/* Number 0 points to every root, whoever else does. */
static void collect_sources(struct finder *finder, struct arena *scratch)
{
    const struct graph *graph = finder->graph;
    uint32_t start = 0;
    finder->sources = arena_array(scratch, graph->edge_count, sizeof *finder->sources);
    for (uint32_t node = 0; node < graph->node_count; node++) {
        uint32_t count = finder->targets[node].sources;
        finder->targets[node].sources = start;
        start += count;
    }
    for (uint32_t number = 1; number <= finder->tree->reached_count; number++) {
        uint32_t node = finder->tree->order[number - 1];
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
            finder->sources[finder->targets[graph->targets[edge]].sources++] = number;
    }
    /* By now each start has moved on to the next node's. */
}

static void mark_roots(struct finder *finder)
{
    const struct graph *graph = finder->graph;
    uint32_t *semidominators = finder->semidominators;
    for (uint32_t number = 1; number <= finder->tree->reached_count; number++)
        semidominators[number] = finder->dominators[number];
    for (uint32_t i = 0; i < graph->root_count; i++)
        semidominators[finder->targets[graph->roots[i]].number] = 0;
    for (uint32_t node = 0; node < graph->node_count; node++)
        if (graph->flags[node] & GRAPH_IS_ROOT)
            semidominators[finder->targets[node].number] = 0;
}

/* --- semidominators --- */

/* The smallest semidominator on the way from a vertex up to, but excluding, the first one below
 * `linked`. */
static uint32_t smallest_above(struct finder *finder, uint32_t vertex, uint32_t linked)
{
    struct vertex *vertices = finder->vertices;
    if (vertices[vertex].ancestor < linked)
        return vertices[vertex].best;
    do {
        finder->path[finder->path_length++] = vertex;
        vertex = vertices[vertex].ancestor;
    } while (vertices[vertex].ancestor >= linked);
    uint32_t top = vertices[vertex].ancestor, best = vertices[vertex].best;
    while (finder->path_length) {
        struct vertex *below = &vertices[finder->path[--finder->path_length]];
        below->ancestor = top;
        if (below->best > best)
            below->best = best;
        best = below->best;
    }
    return best;
}

static void find_semidominators(struct finder *finder)
{
    for (uint32_t number = finder->tree->reached_count; number > 0; number--) {
        uint32_t node = finder->tree->order[number - 1];
        uint32_t first = node ? finder->targets[node - 1].sources : 0;
        uint32_t smallest = finder->semidominators[number];
        for (uint32_t i = first; i < finder->targets[node].sources; i++) {
            uint32_t candidate = smallest_above(finder, finder->sources[i], number + 1);
            if (candidate < smallest)
                smallest = candidate;
        }
        finder->semidominators[number] = smallest;
        finder->vertices[number].best = smallest;
    }
}

/* --- the tree --- */

/* A vertex's dominator is its nearest ancestor, in the tree so far, that is not below its
 * semidominator. */
static void find_dominators(struct finder *finder)
{
    uint32_t *dominators = finder->dominators;
    for (uint32_t number = 1; number <= finder->tree->reached_count; number++)
        while (dominators[number] > finder->semidominators[number])
            dominators[number] = dominators[dominators[number]];
}

static void fill_tree(struct finder *finder)
{
    const struct graph *graph = finder->graph;
    struct dominator_tree *tree = finder->tree;
    for (uint32_t node = 0; node < graph->node_count; node++) {
        uint32_t number = finder->targets[node].number;
        uint32_t dominator = number ? finder->dominators[number] : 0;
        bool counts = number && !(graph->flags[node] & GRAPH_FREED);
        tree->retained[node] = counts ? graph->sizes[node] : 0;
        tree->parents[node] = dominator ? tree->order[dominator - 1]
                              : number  ? DOMINATOR_ROOTS
                                        : DOMINATOR_NONE;
    }
    for (uint32_t i = tree->reached_count; i-- > 0;) {
        uint32_t node = tree->order[i];
        if (tree->parents[node] != DOMINATOR_ROOTS)
            tree->retained[tree->parents[node]] += tree->retained[node];
    }
}

void dominator_tree_find(struct dominator_tree *tree, struct arena *arena,
                         const struct graph *graph)
{
    struct arena *scratch = arena_child(arena);
    size_t numbers = (size_t)graph->node_count + 1;
    *tree = (struct dominator_tree){
        .parents = arena_array(arena, graph->node_count, sizeof *tree->parents),
        .retained = arena_array(arena, graph->node_count, sizeof *tree->retained),
        .order = arena_array(arena, graph->node_count, sizeof *tree->order),
    };
    struct finder finder = {
        .graph = graph,
        .tree = tree,
        .targets = arena_array(scratch, graph->node_count, sizeof *finder.targets),
        .vertices = arena_array(scratch, numbers, sizeof *finder.vertices),
        .dominators = arena_array(scratch, numbers, sizeof *finder.dominators),
        .semidominators = arena_array(scratch, numbers, sizeof *finder.semidominators),
        .path = arena_array(scratch, numbers, sizeof *finder.path),
    };
    search(&finder, scratch);
    collect_sources(&finder, scratch);
    mark_roots(&finder);
    find_semidominators(&finder);
    find_dominators(&finder);
    fill_tree(&finder);
    arena_free(scratch);
}

/* --- the tree downwards --- */

static uint32_t parent_of(const struct graph *graph, const struct dominator_tree *tree,
                          uint32_t node)
{
    uint32_t parent = tree->parents[node];
    return parent == DOMINATOR_ROOTS ? graph->node_count : parent;
}

void dominator_tree_children(struct dominator_children *children, struct arena *arena,
                             const struct graph *graph, const struct dominator_tree *tree)
{
    size_t count = graph->node_count;
    children->starts = arena_array(arena, count + 3, sizeof *children->starts);
    children->nodes = arena_array(arena, tree->reached_count, sizeof *children->nodes);
    uint32_t *next = children->starts + 1; /* one ahead: filling moves each to its place */
    for (uint32_t i = 0; i < tree->reached_count; i++)
        next[parent_of(graph, tree, tree->order[i]) + 1]++;
    for (size_t node = 0; node <= count; node++)
        next[node + 1] += next[node];
    for (uint32_t i = 0; i < tree->reached_count; i++)
        children->nodes[next[parent_of(graph, tree, tree->order[i])]++] = tree->order[i];
}
