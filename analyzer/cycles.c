/* SPDX-License-Identifier: MIT */
#include "analyzer/cycles.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/cycle_shape.h"
#include "analyzer/fingerprint.h"
#include "analyzer/weakening.h"

#define NO_NUMBER UINT32_MAX
enum { SHOWN_MEMBERS = CYCLE_SHAPE_MEMBERS, SHOWN_EDGES = CYCLE_SHAPE_EDGES };

/* One component. Its members and edges are ranges of the finder's arrays. */
struct ring {
    uint32_t component;
    uint32_t first_member, member_count; /* those that can be shown */
    uint32_t first_edge, edge_count;     /* between them */
    uint32_t group;
    bool is_large;
};

struct group {
    struct cycle cycle;
    uint64_t *code; /* equal for identical cycles */
    size_t code_length;
    uint64_t hash;
    uint32_t covered_until; /* place where the last counted dominator subtree ends */
    struct cycle_tail *tails;
    size_t tail_count, tail_capacity;
};

struct finder {
    struct arena *arena, *scratch;
    const struct leak_graph *leaks;
    const struct graph *graph;
    const struct sites *sites;
    struct ring *rings;
    uint32_t ring_count;
    uint32_t *ring_of; /* by component */
    uint32_t *members; /* nodes */
    uint32_t member_count;
    uint32_t *places; /* by node: index among its ring's members, NO_NUMBER when not shown */
    struct graph_edge *edges;
    uint32_t *edges_filled; /* by ring */
    struct group *groups;
    size_t group_count, group_capacity;
    uint32_t *slots; /* hash table of groups: 0 free, otherwise index + 1 */
    size_t slot_mask;
};

/* --- which components, and what of them is shown --- */

static uint32_t component_size(const struct finder *finder, uint32_t component)
{
    const struct components *components = &finder->leaks->components;
    return components->starts[component + 1] - components->starts[component];
}

static uint64_t inner_edges(const struct finder *finder, uint32_t component)
{
    const struct components *components = &finder->leaks->components;
    const struct graph *graph = finder->graph;
    uint64_t count = 0;
    for (uint32_t i = components->starts[component]; i < components->starts[component + 1]; i++) {
        uint32_t node = components->nodes[i];
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
            count += components->of_node[graph->targets[edge]] == component;
    }
    return count;
}

/* In preorder of the dominator tree, so that nested cycles come after what holds them. */
static void list_rings(struct finder *finder)
{
    const struct leak_graph *leaks = finder->leaks;
    uint32_t count = 0;
    for (uint32_t component = 0; component < leaks->components.count; component++)
        count += leaks->is_cycle[component];
    finder->rings = arena_array(finder->scratch, count, sizeof *finder->rings);
    finder->ring_of = arena_array(finder->scratch, leaks->components.count, sizeof *finder->ring_of);
    for (uint32_t place = 1; place <= leaks->components.count; place++) {
        uint32_t component = leaks->dominators.by_place[place];
        finder->ring_of[component] = NO_NUMBER;
        if (!leaks->is_cycle[component])
            continue;
        finder->ring_of[component] = finder->ring_count;
        finder->rings[finder->ring_count++] = (struct ring){
            .component = component,
            .is_large = component_size(finder, component) > SHOWN_MEMBERS ||
                        inner_edges(finder, component) > SHOWN_EDGES,
        };
    }
}

static void show_member(struct finder *finder, struct ring *ring, uint32_t node)
{
    finder->places[node] = ring->member_count++;
    finder->members[finder->member_count++] = node;
}

static uint32_t lowest_node(const struct finder *finder, uint32_t component)
{
    const struct components *components = &finder->leaks->components;
    uint32_t lowest = UINT32_MAX;
    for (uint32_t i = components->starts[component]; i < components->starts[component + 1]; i++)
        if (components->nodes[i] < lowest)
            lowest = components->nodes[i];
    return lowest;
}

struct search {
    uint32_t *came_from; /* by node, NO_NUMBER: not seen */
    uint32_t *queue;
};

/* Breadth first from `start` until an edge leads back to it; returns the node that has this edge. */
static uint32_t last_of_shortest_cycle(const struct finder *finder, struct search *search,
                                       uint32_t component, uint32_t start)
{
    const struct graph *graph = finder->graph;
    uint32_t head = 0, tail = 0;
    search->queue[tail++] = start;
    search->came_from[start] = start;
    while (head < tail) {
        uint32_t node = search->queue[head++];
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++) {
            uint32_t target = graph->targets[edge];
            if (target == start)
                return node;
            if (finder->leaks->components.of_node[target] != component ||
                search->came_from[target] != NO_NUMBER)
                continue;
            search->came_from[target] = node;
            search->queue[tail++] = target;
        }
    }
    return start; /* never: the component is strongly connected */
}

/* Of a cycle that is too long to show: its first blocks, and the last, which closes it. */
static void show_shortest_cycle(struct finder *finder, struct search *search, struct ring *ring)
{
    uint32_t start = lowest_node(finder, ring->component);
    uint32_t last = last_of_shortest_cycle(finder, search, ring->component, start);
    uint32_t length = 1;
    for (uint32_t node = last; node != start; node = search->came_from[node])
        length++;
    uint32_t *path = search->queue; /* no longer needed */
    uint32_t at = length;
    for (uint32_t node = last; at > 0; node = search->came_from[node])
        path[--at] = node;
    for (uint32_t i = 0; i < length; i++)
        if (i + 1 < SHOWN_MEMBERS || i + 1 == length)
            show_member(finder, ring, path[i]);
}

static int compare_nodes(const void *left, const void *right)
{
    uint32_t one = *(const uint32_t *)left, other = *(const uint32_t *)right;
    return one < other ? -1 : one > other;
}

static void show_whole(struct finder *finder, struct ring *ring)
{
    const struct components *components = &finder->leaks->components;
    uint32_t nodes[SHOWN_MEMBERS], count = component_size(finder, ring->component);
    memcpy(nodes, components->nodes + components->starts[ring->component], count * sizeof *nodes);
    qsort(nodes, count, sizeof *nodes, compare_nodes);
    for (uint32_t i = 0; i < count; i++)
        show_member(finder, ring, nodes[i]);
}

static void choose_members(struct finder *finder)
{
    const struct graph *graph = finder->graph;
    size_t most = 0;
    struct arena *temporary = arena_child(finder->scratch);
    struct search search = {
        .came_from = arena_array(temporary, graph->node_count, sizeof *search.came_from),
        .queue = arena_array(temporary, graph->node_count, sizeof *search.queue),
    };
    memset(search.came_from, 0xff, graph->node_count * sizeof *search.came_from);
    for (uint32_t i = 0; i < finder->ring_count; i++) {
        uint32_t size = component_size(finder, finder->rings[i].component);
        most += size < SHOWN_MEMBERS ? size : SHOWN_MEMBERS;
    }
    finder->members = arena_array(finder->scratch, most, sizeof *finder->members);
    finder->places = arena_array(finder->scratch, graph->node_count, sizeof *finder->places);
    memset(finder->places, 0xff, graph->node_count * sizeof *finder->places);
    for (uint32_t i = 0; i < finder->ring_count; i++) {
        struct ring *ring = &finder->rings[i];
        ring->first_member = finder->member_count;
        if (component_size(finder, ring->component) > SHOWN_MEMBERS)
            show_shortest_cycle(finder, &search, ring);
        else
            show_whole(finder, ring);
    }
    arena_free(temporary);
}

/* --- edges --- */

static bool is_shown(const struct finder *finder, uint32_t from, uint32_t to)
{
    return finder->places[from] != NO_NUMBER && finder->places[to] != NO_NUMBER &&
           finder->leaks->components.of_node[from] == finder->leaks->components.of_node[to];
}

static void keep_edge(const struct graph_edge *edge, void *context)
{
    struct finder *finder = context;
    if (!is_shown(finder, edge->from, edge->to))
        return;
    uint32_t number = finder->ring_of[finder->leaks->components.of_node[edge->from]];
    finder->edges[finder->rings[number].first_edge + finder->edges_filled[number]++] = *edge;
}

static bool read_edges(struct finder *finder, const struct recording *recording,
                       const struct recording_snapshot_entry *snapshot, struct error *error)
{
    const struct graph *graph = finder->graph;
    uint32_t total = 0;
    for (uint32_t i = 0; i < finder->ring_count; i++) {
        struct ring *ring = &finder->rings[i];
        ring->first_edge = total;
        for (uint32_t k = 0; k < ring->member_count; k++) {
            uint32_t node = finder->members[ring->first_member + k];
            for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
                ring->edge_count += is_shown(finder, node, graph->targets[edge]);
        }
        total += ring->edge_count;
    }
    finder->edges = arena_array(finder->scratch, total, sizeof *finder->edges);
    finder->edges_filled = arena_array(finder->scratch, finder->ring_count, sizeof *finder->edges_filled);
    return graph_read_edges(graph, finder->scratch, recording, snapshot, keep_edge, finder, error);
}

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

/* Also puts the ring's members into the canonical order. */
static size_t describe_small(struct finder *finder, struct ring *ring, uint64_t *code)
{
    uint64_t labels[SHOWN_MEMBERS];
    struct shape_edge edges[SHOWN_EDGES];
    uint32_t order[SHOWN_MEMBERS], nodes[SHOWN_MEMBERS];
    uint32_t *members = finder->members + ring->first_member;
    for (uint32_t i = 0; i < ring->member_count; i++)
        labels[i] = label_of(finder, members[i]);
    for (uint32_t i = 0; i < ring->edge_count; i++) {
        const struct graph_edge *edge = &finder->edges[ring->first_edge + i];
        edges[i] = (struct shape_edge){finder->places[edge->from], finder->places[edge->to], edge->offset};
    }
    qsort(edges, ring->edge_count, sizeof *edges, compare_edges);
    struct cycle_shape shape = {ring->member_count, ring->edge_count, labels, edges};
    size_t length = cycle_shape_describe(&shape, order, code);

    memcpy(nodes, members, ring->member_count * sizeof *nodes);
    for (uint32_t i = 0; i < ring->member_count; i++) {
        members[i] = nodes[order[i]];
        finder->places[members[i]] = i;
    }
    return length;
}

static uint64_t scramble(uint64_t value)
{
    value = (value ^ value >> 31) * UINT64_C(0x9e3779b97f4a7c15);
    return (value ^ value >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
}

/* Sums do not depend on the order in which members are met. */
static size_t describe_large(const struct finder *finder, const struct ring *ring, uint64_t *code)
{
    const struct components *components = &finder->leaks->components;
    uint64_t sum = 0;
    for (uint32_t i = components->starts[ring->component]; i < components->starts[ring->component + 1]; i++)
        sum += scramble(label_of(finder, components->nodes[i]) + 1);
    code[0] = UINT64_MAX; /* no site and type: never equal to a small one */
    code[1] = component_size(finder, ring->component);
    code[2] = inner_edges(finder, ring->component);
    code[3] = sum;
    return 4;
}

static uint64_t hash_code(const uint64_t *code, size_t length)
{
    uint64_t hash = length;
    for (size_t i = 0; i < length; i++)
        hash = scramble(hash ^ code[i]);
    return hash;
}

static bool has_code(const struct group *group, uint64_t hash, const uint64_t *code, size_t length)
{
    return group->hash == hash && group->code_length == length &&
           memcmp(group->code, code, length * sizeof *code) == 0;
}

/* The group with this code, made when it is new. */
static uint32_t group_for(struct finder *finder, const uint64_t *code, size_t length)
{
    uint64_t hash = hash_code(code, length);
    size_t slot = hash & finder->slot_mask;
    for (; finder->slots[slot]; slot = (slot + 1) & finder->slot_mask)
        if (has_code(&finder->groups[finder->slots[slot] - 1], hash, code, length))
            return finder->slots[slot] - 1;
    finder->groups = arena_grow(finder->scratch, finder->groups, finder->group_count,
                                &finder->group_capacity, sizeof *finder->groups);
    struct group *group = &finder->groups[finder->group_count];
    *group = (struct group){.hash = hash, .code_length = length};
    group->code = arena_array(finder->scratch, length, sizeof *group->code);
    memcpy(group->code, code, length * sizeof *code);
    finder->slots[slot] = (uint32_t)++finder->group_count;
    return (uint32_t)finder->group_count - 1;
}

/* --- a group's cycle, as its first ring shows it --- */

static void fill_members(const struct finder *finder, const struct ring *ring, struct cycle *cycle)
{
    const struct graph *graph = finder->graph;
    struct cycle_member *members = arena_array(finder->arena, ring->member_count, sizeof *members);
    for (uint32_t i = 0; i < ring->member_count; i++) {
        uint32_t node = finder->members[ring->first_member + i];
        members[i] = (struct cycle_member){
            .type = graph->type_names[graph->types[node]],
            .size_bytes = graph->sizes[node],
            .address = graph->addresses[node],
            .site = sites_get(finder->sites, graph->sites[node]),
        };
    }
    cycle->members = members;
    cycle->member_count = ring->member_count;
}

static int compare_cycle_edges(const void *left, const void *right)
{
    const struct cycle_edge *one = left, *other = right;
    if (one->from != other->from)
        return one->from < other->from ? -1 : 1;
    return one->offset < other->offset ? -1 : one->offset > other->offset;
}

/* A large block can point to another one a million times: then the first pointer of each pair is shown. */
static size_t choose_edges(const struct finder *finder, const struct ring *ring,
                           struct cycle_edge edges[SHOWN_EDGES])
{
    bool has_pair[SHOWN_MEMBERS][SHOWN_MEMBERS] = {{false}};
    bool show_all = ring->edge_count <= SHOWN_EDGES;
    size_t count = 0;
    for (uint32_t i = 0; i < ring->edge_count; i++) {
        const struct graph_edge *edge = &finder->edges[ring->first_edge + i];
        uint32_t from = finder->places[edge->from], to = finder->places[edge->to];
        if (show_all || !has_pair[from][to])
            edges[count++] = (struct cycle_edge){
                .from = from,
                .to = to,
                .offset = edge->offset,
                .target_offset = edge->target_offset,
            };
        has_pair[from][to] = true;
    }
    return count;
}

static void fill_edges(const struct finder *finder, const struct ring *ring, struct cycle *cycle)
{
    struct arena *temporary = arena_child(finder->scratch);
    struct cycle_edge *chosen = arena_array(temporary, SHOWN_EDGES, sizeof *chosen);
    cycle->edge_count = choose_edges(finder, ring, chosen);
    qsort(chosen, cycle->edge_count, sizeof *chosen, compare_cycle_edges);
    struct cycle_edge *edges = arena_array(finder->arena, cycle->edge_count, sizeof *edges);
    memcpy(edges, chosen, cycle->edge_count * sizeof *edges);
    cycle->edges = edges;
    arena_free(temporary);
}

static int compare_hashes(const void *left, const void *right)
{
    uint64_t one = *(const uint64_t *)left, other = *(const uint64_t *)right;
    return one < other ? -1 : one > other;
}

/* The kinds of members, not their number: a list that grows is the same finding. */
static void fill_fingerprint(struct cycle *cycle)
{
    uint64_t hashes[SHOWN_MEMBERS], all = FINGERPRINT_START;
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

static void fill_cycle(const struct finder *finder, const struct ring *ring, struct cycle *cycle)
{
    fill_members(finder, ring, cycle);
    fill_edges(finder, ring, cycle);
    fill_fingerprint(cycle);
    weakening_propose(cycle);
}

/* A cycle inside the dominator subtree of an identical one adds nothing to what the group retains. */
static void add_amounts(const struct finder *finder, const struct ring *ring, struct group *group)
{
    const struct components *components = &finder->leaks->components;
    const struct dominators *dominators = &finder->leaks->dominators;
    group->cycle.count++;
    for (uint32_t i = components->starts[ring->component]; i < components->starts[ring->component + 1]; i++) {
        group->cycle.amount.blocks++;
        group->cycle.amount.bytes += finder->graph->sizes[components->nodes[i]];
    }
    if (dominators->places[ring->component] >= group->covered_until) {
        group->cycle.retained_bytes += dominators->retained[ring->component];
        group->covered_until = dominators->place_ends[ring->component];
    }
}

static void group_rings(struct finder *finder)
{
    struct arena *temporary = arena_child(finder->scratch);
    uint64_t *code = arena_array(temporary, CYCLE_SHAPE_CODE, sizeof *code);
    size_t slots = 16;
    while (slots < (size_t)finder->ring_count * 2)
        slots *= 2;
    finder->slots = arena_array(finder->scratch, slots, sizeof *finder->slots);
    finder->slot_mask = slots - 1;
    for (uint32_t i = 0; i < finder->ring_count; i++) {
        struct ring *ring = &finder->rings[i];
        size_t length =
            ring->is_large ? describe_large(finder, ring, code) : describe_small(finder, ring, code);
        ring->group = group_for(finder, code, length);
        struct group *group = &finder->groups[ring->group];
        if (group->cycle.count == 0)
            fill_cycle(finder, ring, &group->cycle);
        add_amounts(finder, ring, group);
    }
    arena_free(temporary);
}

/* --- tails --- */

/*
 * A block belongs to the tail of the cycle that is nearest above it in the dominator tree: the way there
 * begins with the branch, a component that the cycle dominates immediately.
 */
struct tails {
    uint32_t *branches; /* by component: NO_NUMBER when no cycle is above it */
    uint32_t *holders;  /* by branch: the member that leads there */
};

static void find_branches(const struct finder *finder, struct tails *tails)
{
    const struct leak_graph *leaks = finder->leaks;
    for (uint32_t component = leaks->components.count; component-- > 0;) {
        uint32_t parent = leaks->dominators.parents[component];
        tails->branches[component] = NO_NUMBER;
        if (parent == leaks->dominators.root)
            continue;
        tails->branches[component] = leaks->is_cycle[parent] ? component : tails->branches[parent];
    }
}

/* Blocks of a large cycle that are not shown count for its first member. */
static void find_holders(const struct finder *finder, struct tails *tails, const struct ring *ring)
{
    const struct graph *graph = finder->graph;
    const struct components *components = &finder->leaks->components;
    for (uint32_t i = ring->member_count; i-- > 0;) {
        uint32_t node = finder->members[ring->first_member + i];
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++) {
            uint32_t target = components->of_node[graph->targets[edge]];
            if (target != COMPONENT_NONE &&
                finder->leaks->dominators.parents[target] == ring->component)
                tails->holders[target] = i;
        }
    }
}

static struct cycle_tail *tail_for(struct finder *finder, struct group *group, size_t holder, uint32_t node)
{
    const char *type = finder->graph->type_names[finder->graph->types[node]];
    const struct site *site = sites_get(finder->sites, finder->graph->sites[node]);
    for (size_t i = group->tail_count; i-- > 0;) {
        struct cycle_tail *tail = &group->tails[i];
        if (tail->holder == holder && tail->site == site && tail->type == type)
            return tail;
    }
    group->tails = arena_grow(finder->scratch, group->tails, group->tail_count, &group->tail_capacity,
                              sizeof *group->tails);
    struct cycle_tail *tail = &group->tails[group->tail_count++];
    *tail = (struct cycle_tail){.holder = holder, .type = type, .site = site};
    return tail;
}

static void add_to_tails(struct finder *finder, const struct tails *tails, uint32_t component)
{
    const struct components *components = &finder->leaks->components;
    uint32_t branch = tails->branches[component];
    if (branch == NO_NUMBER || finder->leaks->is_cycle[component])
        return;
    uint32_t cycle = finder->leaks->dominators.parents[branch];
    struct group *group = &finder->groups[finder->rings[finder->ring_of[cycle]].group];
    uint32_t node = components->nodes[components->starts[component]];
    struct cycle_tail *tail = tail_for(finder, group, tails->holders[branch], node);
    tail->amount.blocks++;
    tail->amount.bytes += finder->graph->sizes[node];
}

static int descending(uint64_t one, uint64_t other)
{
    return one > other ? -1 : one < other;
}

static int compare_tails(const void *left, const void *right)
{
    const struct cycle_tail *one = left, *other = right;
    if (one->amount.bytes != other->amount.bytes)
        return descending(one->amount.bytes, other->amount.bytes);
    if (one->holder != other->holder)
        return one->holder < other->holder ? -1 : 1;
    return one->site < other->site ? -1 : one->site > other->site;
}

static void find_tails(struct finder *finder)
{
    size_t count = finder->leaks->components.count;
    struct tails tails = {
        .branches = arena_array(finder->scratch, count, sizeof *tails.branches),
        .holders = arena_array(finder->scratch, count, sizeof *tails.holders),
    };
    find_branches(finder, &tails);
    for (uint32_t i = 0; i < finder->ring_count; i++)
        find_holders(finder, &tails, &finder->rings[i]);
    for (uint32_t component = 0; component < count; component++)
        add_to_tails(finder, &tails, component);
    for (size_t i = 0; i < finder->group_count; i++) {
        struct group *group = &finder->groups[i];
        struct cycle_tail *list = arena_array(finder->arena, group->tail_count, sizeof *list);
        if (group->tail_count) {
            memcpy(list, group->tails, group->tail_count * sizeof *list);
            qsort(list, group->tail_count, sizeof *list, compare_tails);
        }
        group->cycle.tails = list;
        group->cycle.tail_count = group->tail_count;
    }
}

/* --- all together --- */

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

static void list_groups(struct cycles *cycles, const struct finder *finder)
{
    cycles->all = arena_array(finder->arena, finder->group_count, sizeof *cycles->all);
    cycles->count = finder->group_count;
    cycles->total = finder->ring_count;
    for (size_t i = 0; i < finder->group_count; i++)
        cycles->all[i] = finder->groups[i].cycle;
    qsort(cycles->all, cycles->count, sizeof *cycles->all, compare_cycles);
}

bool cycles_find(struct cycles *cycles, struct arena *arena, const struct leak_graph *leaks,
                 const struct sites *sites, const struct recording *recording,
                 const struct recording_snapshot_entry *snapshot, struct error *error)
{
    struct finder finder = {
        .arena = arena,
        .scratch = arena_child(arena),
        .leaks = leaks,
        .graph = leaks->graph,
        .sites = sites,
    };
    *cycles = (struct cycles){0};
    list_rings(&finder);
    bool done = true;
    if (finder.ring_count) {
        choose_members(&finder);
        done = read_edges(&finder, recording, snapshot, error);
    }
    if (done) {
        group_rings(&finder);
        find_tails(&finder);
        list_groups(cycles, &finder);
    }
    arena_free(finder.scratch);
    return done;
}
