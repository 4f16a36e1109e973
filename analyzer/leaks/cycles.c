/* SPDX-License-Identifier: MIT */
#include "analyzer/leaks/cycles.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/hash.h"
#include "analyzer/base/index_table.h"
#include "analyzer/leaks/cycle_owners.h"
#include "analyzer/leaks/cycle_rings.h"
#include "analyzer/leaks/cycle_shape.h"
#include "analyzer/leaks/cycle_tails.h"
#include "analyzer/sites/fingerprint.h"
#include "analyzer/leaks/weakening.h"

struct group {
    struct cycle cycle;
    uint64_t *code; /* equal for identical cycles */
    size_t code_length;
    uint64_t hash;
};

struct finder {
    struct arena *arena, *scratch;
    const struct leak_graph *leaks;
    const struct graph *graph;
    const struct sites *sites;
    struct node_names *names; /* NULL: RTTI only */
    struct cycle_rings rings;
    struct group *groups;
    size_t group_count, group_capacity;
    struct index_table table; /* of groups */
};

/* --- what makes cycles identical --- */

static uint64_t label_of(const struct finder *finder, uint32_t node)
{
    const struct site *site = sites_get(finder->sites, finder->graph->sites[node]);
    return (uint64_t)(site - finder->sites->all) << 32 | finder->graph->types[node];
}

static int compare_edges(const void *left, const void *right)
{
    const struct shape_edge *one = left, *other = right;
    if (one->from != other->from)
        return one->from < other->from ? -1 : 1;
    return one->offset < other->offset ? -1 : one->offset > other->offset;
}

/* Also sorts the ring's members into canonical order. */
static size_t describe_small(struct finder *finder, struct ring *ring, uint64_t *code)
{
    uint64_t labels[CYCLE_SHAPE_MEMBERS];
    struct shape_edge edges[CYCLE_SHAPE_EDGES];
    uint32_t order[CYCLE_SHAPE_MEMBERS], nodes[CYCLE_SHAPE_MEMBERS];
    uint32_t *members = finder->rings.members + ring->first_member;
    for (uint32_t i = 0; i < ring->member_count; i++)
        labels[i] = label_of(finder, members[i]);
    for (uint32_t i = 0; i < ring->edge_count; i++) {
        const struct graph_edge *edge = &finder->rings.edges[ring->first_edge + i];
        edges[i] = (struct shape_edge){finder->rings.places[edge->from],
                                       finder->rings.places[edge->to], edge->offset};
    }
    qsort(edges, ring->edge_count, sizeof *edges, compare_edges);
    struct cycle_shape shape = {ring->member_count, ring->edge_count, labels, edges};
    size_t length = cycle_shape_describe(&shape, order, code);

    memcpy(nodes, members, ring->member_count * sizeof *nodes);
    for (uint32_t i = 0; i < ring->member_count; i++) {
        members[i] = nodes[order[i]];
        finder->rings.places[members[i]] = i;
    }
    return length;
}

/* Sums, because they do not depend on the order of members. */
static size_t describe_large(const struct finder *finder, const struct ring *ring, uint64_t *code)
{
    const struct components *components = &finder->leaks->components;
    uint64_t sum = 0;
    for (uint32_t i = components->starts[ring->component];
         i < components->starts[ring->component + 1]; i++)
        sum += hash_mix(0, label_of(finder, components->nodes[i]) + 1);
    code[0] = UINT64_MAX; /* no site and type looks like this: never equal to a small one */
    code[1] = cycle_rings_size(&finder->rings, ring->component);
    code[2] = cycle_rings_inner_edges(&finder->rings, ring->component);
    code[3] = sum;
    return 4;
}

static uint64_t hash_code(const uint64_t *code, size_t length)
{
    uint64_t hash = length;
    for (size_t i = 0; i < length; i++)
        hash = hash_mix(hash, code[i]);
    return hash;
}

static bool has_code(const struct group *group, uint64_t hash, const uint64_t *code, size_t length)
{
    return group->hash == hash && group->code_length == length &&
           memcmp(group->code, code, length * sizeof *code) == 0;
}

/* Finds the group with this code, or makes it. */
static uint32_t group_for(struct finder *finder, const uint64_t *code, size_t length)
{
    uint64_t hash = hash_code(code, length);
    struct index_search search = index_table_search(&finder->table, hash);
    uint32_t index;
    while (index_table_next(&search, &index))
        if (has_code(&finder->groups[index], hash, code, length))
            return index;
    finder->groups = arena_grow(finder->scratch, finder->groups, finder->group_count,
                                &finder->group_capacity, sizeof *finder->groups);
    struct group *group = &finder->groups[finder->group_count];
    *group = (struct group){.hash = hash, .code_length = length};
    group->code = arena_array(finder->scratch, length, sizeof *group->code);
    memcpy(group->code, code, length * sizeof *code);
    index_table_add(&finder->table, hash, (uint32_t)finder->group_count);
    return (uint32_t)finder->group_count++;
}

/* --- a group's cycle, as its first ring shows it --- */

static struct cycle_member *fill_members(const struct finder *finder, const struct ring *ring,
                                         struct cycle *cycle)
{
    const struct graph *graph = finder->graph;
    struct cycle_member *members = arena_array(finder->arena, ring->member_count, sizeof *members);
    for (uint32_t i = 0; i < ring->member_count; i++) {
        uint32_t node = finder->rings.members[ring->first_member + i];
        members[i] = (struct cycle_member){
            .type = graph->type_names[graph->types[node]],
            .size_bytes = graph->sizes[node],
            .address = graph->addresses[node],
            .birth_ns = graph_birth(graph, node),
            .birth_slack_ns = graph_birth_slack(graph, node),
            .site = sites_get(finder->sites, graph->sites[node]),
        };
    }
    cycle->members = members;
    cycle->member_count = ring->member_count;
    return members;
}

static int compare_cycle_edges(const void *left, const void *right)
{
    const struct cycle_edge *one = left, *other = right;
    if (one->from != other->from)
        return one->from < other->from ? -1 : 1;
    return one->offset < other->offset ? -1 : one->offset > other->offset;
}

/* A large block can point to another one a million times: then only one pointer of each pair is
 * shown. */
static size_t choose_edges(const struct finder *finder, const struct ring *ring,
                           struct cycle_edge edges[CYCLE_RINGS_EDGES])
{
    uint32_t pointed_by[CYCLE_RINGS_MEMBERS] = {0}; /* the last one, counted from 1 */
    bool show_all = ring->edge_count <= CYCLE_RINGS_EDGES;
    size_t count = 0;
    for (uint32_t i = 0; i < ring->edge_count && count < CYCLE_RINGS_EDGES; i++) {
        const struct graph_edge *edge = &finder->rings.edges[ring->first_edge + i];
        uint32_t from = finder->rings.places[edge->from], to = finder->rings.places[edge->to];
        if (show_all || pointed_by[to] != from + 1)
            edges[count++] = (struct cycle_edge){
                .from = from,
                .to = to,
                .offset = edge->offset,
                .target_offset = edge->target_offset,
                .tagged = edge->tagged,
            };
        pointed_by[to] = from + 1;
    }
    return count;
}

static struct cycle_edge *fill_edges(const struct finder *finder, const struct ring *ring,
                                     struct cycle *cycle)
{
    struct arena *temporary = arena_child(finder->scratch);
    struct cycle_edge *chosen = arena_array(temporary, CYCLE_RINGS_EDGES, sizeof *chosen);
    cycle->edge_count = choose_edges(finder, ring, chosen);
    qsort(chosen, cycle->edge_count, sizeof *chosen, compare_cycle_edges);
    struct cycle_edge *edges = arena_array(finder->arena, cycle->edge_count, sizeof *edges);
    memcpy(edges, chosen, cycle->edge_count * sizeof *edges);
    cycle->edges = edges;
    arena_free(temporary);
    return edges;
}

static int compare_hashes(const void *left, const void *right)
{
    uint64_t one = *(const uint64_t *)left, other = *(const uint64_t *)right;
    return one < other ? -1 : one > other;
}

/* Covers the kinds of members, not their number: a list that grows stays the same finding. */
static void fill_fingerprint(struct cycle *cycle)
{
    uint64_t hashes[CYCLE_RINGS_MEMBERS], all = FINGERPRINT_START;
    for (size_t i = 0; i < cycle->member_count; i++) {
        const struct cycle_member *member = &cycle->members[i];
        hashes[i] = fingerprint_text(FINGERPRINT_START, member->site->fingerprint);
        hashes[i] = fingerprint_text(hashes[i], member->type ? member->type : "");
    }
    qsort(hashes, cycle->member_count, sizeof *hashes, compare_hashes);
    for (size_t i = 0; i < cycle->member_count; i++)
        if (i == 0 || hashes[i] != hashes[i - 1])
            all = fingerprint_number(all, hashes[i]);
    fingerprint_print(cycle->fingerprint, all);
}

static void name_all(const struct finder *finder, const struct ring *ring,
                     const struct cycle *cycle, struct cycle_member *members,
                     struct cycle_edge *edges)
{
    const uint32_t *nodes = finder->rings.members + ring->first_member;
    for (size_t i = 0; i < cycle->member_count; i++)
        members[i].type = node_names_type(finder->names, nodes[i]);
    for (size_t i = 0; i < cycle->edge_count; i++) {
        struct edge_label label =
            node_names_edge(finder->names, nodes[edges[i].from], edges[i].offset);
        edges[i].label = label.text;
        edges[i].exact = label.is_pointer;
        edges[i].ownership = edge_ownership_names[label.ownership];
    }
}

/* The fingerprint comes first, before debug info adds names, so that a stripped build has the same
 * one. */
static void fill_cycle(const struct finder *finder, const struct ring *ring, struct cycle *cycle)
{
    struct cycle_member *members = fill_members(finder, ring, cycle);
    struct cycle_edge *edges = fill_edges(finder, ring, cycle);
    fill_fingerprint(cycle);
    if (finder->names)
        name_all(finder, ring, cycle, members, edges);
    weakening_propose(finder->arena, cycle);
}

static void add_amounts(const struct finder *finder, const struct ring *ring, struct group *group)
{
    const struct components *components = &finder->leaks->components;
    group->cycle.count++;
    for (uint32_t i = components->starts[ring->component];
         i < components->starts[ring->component + 1]; i++) {
        group->cycle.amount.blocks++;
        group->cycle.amount.bytes += finder->graph->sizes[components->nodes[i]];
    }
}

static void group_rings(struct finder *finder)
{
    struct arena *temporary = arena_child(finder->scratch);
    uint64_t *code = arena_array(temporary, CYCLE_SHAPE_CODE, sizeof *code);
    finder->table.arena = finder->scratch;
    for (uint32_t i = 0; i < finder->rings.count; i++) {
        struct ring *ring = &finder->rings.all[i];
        size_t length = ring->is_large ? describe_large(finder, ring, code)
                                       : describe_small(finder, ring, code);
        ring->group = group_for(finder, code, length);
        struct group *group = &finder->groups[ring->group];
        if (group->cycle.count == 0)
            fill_cycle(finder, ring, &group->cycle);
        add_amounts(finder, ring, group);
    }
    arena_free(temporary);
}

/* --- all together --- */

static int descending(uint64_t one, uint64_t other)
{
    return one > other ? -1 : one < other;
}

static int compare_cycles(const void *left, const void *right)
{
    const struct cycle *one = left, *other = right;
    if (one->retained_bytes != other->retained_bytes)
        return descending(one->retained_bytes, other->retained_bytes);
    if (one->count != other->count)
        return descending(one->count, other->count);
    if (one->amount.bytes != other->amount.bytes)
        return descending(one->amount.bytes, other->amount.bytes);
    return one->members[0].address < other->members[0].address ? -1 : 1;
}

static bool list_groups(struct cycles *cycles, const struct finder *finder,
                        const struct weak_references *weak, struct error *error)
{
    cycles->all = arena_array(finder->arena, finder->group_count, sizeof *cycles->all);
    cycles->count = finder->group_count;
    cycles->total = finder->rings.count;
    for (size_t i = 0; i < finder->group_count; i++)
        cycles->all[i] = finder->groups[i].cycle;
    cycle_tails_fill(cycles->all, cycles->count, finder->arena, &finder->rings, finder->sites,
                     finder->names);
    if (!cycle_owners_fill(cycles->all, cycles->count, finder->arena, &finder->rings, weak, error))
        return false;
    qsort(cycles->all, cycles->count, sizeof *cycles->all, compare_cycles);
    return true;
}

bool cycles_find(struct cycles *cycles, struct arena *arena, const struct leak_graph *leaks,
                 const struct sites *sites, const struct cycles_names *names, struct error *error)
{
    struct finder finder = {
        .arena = arena,
        .scratch = arena_child(arena),
        .leaks = leaks,
        .graph = leaks->graph,
        .sites = sites,
        .names = names ? names->nodes : NULL,
    };
    *cycles = (struct cycles){0};
    bool done = cycle_rings_find(&finder.rings, finder.scratch, leaks, error);
    if (done) {
        group_rings(&finder);
        done = list_groups(cycles, &finder, names ? names->weak : NULL, error);
    }
    arena_free(finder.scratch);
    return done;
}
