/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/node_kinds.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/hash.h"
#include "analyzer/base/index_table.h"

struct finder {
    struct arena *arena, *scratch;
    struct node_kinds *kinds;
    size_t kind_capacity, edge_capacity;
    struct index_table kind_table, edge_table;
    uint32_t last; /* edge that was met last, from 1: a list has one again and again */
};

/* --- kinds --- */

static uint64_t hash_kind(const struct node_kind *kind)
{
    return hash_mix(hash_mix(hash_mix(kind->is_expired, kind->size_bytes), kind->site), kind->type);
}

static bool same_kind(const struct node_kind *one, const struct node_kind *other)
{
    return one->size_bytes == other->size_bytes && one->site == other->site &&
           one->type == other->type && one->is_expired == other->is_expired;
}

static uint64_t hash_edge(const struct node_kind_edge *edge)
{
    return hash_mix(hash_mix(hash_mix(edge->offset, edge->target_offset), edge->from), edge->to);
}

static bool same_edge(const struct node_kind_edge *one, const struct node_kind_edge *other)
{
    return one->offset == other->offset && one->target_offset == other->target_offset &&
           one->from == other->from && one->to == other->to;
}

static uint32_t kind_for(struct finder *finder, const struct node_kind *wanted)
{
    struct node_kinds *kinds = finder->kinds;
    uint64_t hash = hash_kind(wanted);
    struct index_search search = index_table_search(&finder->kind_table, hash);
    uint32_t index;
    while (index_table_next(&search, &index))
        if (same_kind(&kinds->all[index], wanted))
            return index;
    kinds->all = arena_grow(finder->arena, kinds->all, kinds->count, &finder->kind_capacity,
                            sizeof *kinds->all);
    kinds->all[kinds->count] = *wanted;
    index_table_add(&finder->kind_table, hash, kinds->count);
    return kinds->count++;
}

static void sort_nodes(struct finder *finder, const struct graph *graph, const bool *part)
{
    for (uint32_t node = 0; node < graph->node_count; node++) {
        finder->kinds->of_node[node] = NODE_KIND_NONE;
        if (part && !part[node])
            continue;
        struct node_kind wanted = {
            .size_bytes = graph->sizes[node],
            .site = graph->sites[node],
            .type = graph->types[node],
            .first_node = node,
            .is_expired = graph->flags[node] & GRAPH_EXPIRED,
        };
        uint32_t kind = kind_for(finder, &wanted);
        finder->kinds->of_node[node] = kind;
        finder->kinds->all[kind].blocks++;
    }
}

/* --- the pointers between them --- */

static struct node_kind_edge *find_edge(const struct finder *finder,
                                        const struct node_kind_edge *edge, uint64_t hash)
{
    struct index_search search = index_table_search(&finder->edge_table, hash);
    uint32_t index;
    while (index_table_next(&search, &index))
        if (same_edge(&finder->kinds->edges[index], edge))
            return &finder->kinds->edges[index];
    return NULL;
}

static void count_block(struct node_kind_edge *edge, uint32_t node)
{
    edge->blocks += edge->last_node != node;
    edge->last_node = node;
}

static void visit_edge(const struct graph_edge *edge, void *context)
{
    struct finder *finder = context;
    struct node_kinds *kinds = finder->kinds;
    struct node_kind_edge wanted = {
        .offset = edge->offset,
        .target_offset = edge->target_offset,
        .from = kinds->of_node[edge->from],
        .to = kinds->of_node[edge->to],
        .blocks = 1,
        .last_node = edge->from,
    };
    if (wanted.from == NODE_KIND_NONE || wanted.to == NODE_KIND_NONE)
        return;
    uint64_t hash = hash_edge(&wanted);
    struct node_kind_edge *known = finder->last ? &kinds->edges[finder->last - 1] : NULL;
    if (!known || !same_edge(&wanted, known))
        known = find_edge(finder, &wanted, hash);
    if (known) {
        count_block(known, edge->from);
        finder->last = (uint32_t)(known - kinds->edges) + 1;
        return;
    }
    if (kinds->all[wanted.from].edge_count == NODE_KIND_EDGES)
        return;
    finder->last = kinds->edge_count + 1;
    kinds->edges = arena_grow(finder->arena, kinds->edges, kinds->edge_count,
                              &finder->edge_capacity, sizeof *kinds->edges);
    kinds->edges[kinds->edge_count] = wanted;
    index_table_add(&finder->edge_table, hash, kinds->edge_count++);
    kinds->all[wanted.from].edge_count++;
}

static int compare_edges(const void *left, const void *right)
{
    const struct node_kind_edge *one = left, *other = right;
    if (one->from != other->from)
        return one->from < other->from ? -1 : 1;
    if (one->offset != other->offset)
        return one->offset < other->offset ? -1 : 1;
    if (one->to != other->to)
        return one->to < other->to ? -1 : 1;
    return one->target_offset < other->target_offset ? -1
                                                     : one->target_offset > other->target_offset;
}

static void index_edges(struct node_kinds *kinds)
{
    uint32_t edge = 0;
    if (kinds->edge_count)
        qsort(kinds->edges, kinds->edge_count, sizeof *kinds->edges, compare_edges);
    for (uint32_t kind = 0; kind < kinds->count; kind++) {
        kinds->all[kind].first_edge = edge;
        edge += kinds->all[kind].edge_count;
    }
}

bool node_kinds_find(struct node_kinds *kinds, struct arena *arena, const struct graph *graph,
                     const bool *part, struct error *error)
{
    struct finder finder = {
        .arena = arena,
        .scratch = arena_child(arena),
        .kinds = kinds,
    };
    finder.kind_table.arena = finder.edge_table.arena = finder.scratch;
    *kinds = (struct node_kinds){.of_node =
                                     arena_array(arena, graph->node_count, sizeof *kinds->of_node)};
    sort_nodes(&finder, graph, part);
    bool done = graph_read_edges(graph, finder.scratch, visit_edge, &finder, error);
    index_edges(kinds);
    arena_free(finder.scratch);
    return done;
}
