/* SPDX-License-Identifier: MIT */
#include "analyzer/leaks/cycle_tails.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/hash.h"
#include "analyzer/base/index_table.h"
#include "analyzer/graph/holdings.h"

#define NO_HOLDER UINT32_MAX

/* What a group of equal cycles holds together, while it is followed. */
struct tails {
    const struct cycle_rings *rings;
    const struct sites *sites;
    struct node_names *names;
    struct holdings *holdings;
    uint32_t *starts, *by_group; /* the rings of each group */
    uint32_t *holders; /* by component: the member that leads there, not through another cycle */
};

/* A tail and its owner: group, holder, site and type tell it from others. */
struct entry {
    uint32_t group;
    struct cycle_tail tail;
};

struct entries {
    struct arena *arena;
    struct entry *all;
    size_t count, capacity;
    struct index_table table;
};

static bool same_tail(const struct entry *one, const struct entry *other)
{
    const char *one_type = one->tail.type ? one->tail.type : "";
    const char *other_type = other->tail.type ? other->tail.type : "";
    return one->group == other->group && one->tail.holder == other->tail.holder &&
           one->tail.site == other->tail.site && strcmp(one_type, other_type) == 0;
}

/* The text of the type is left out: it rarely differs where the rest agrees. */
static uint64_t hash_entry(const struct entry *entry)
{
    return hash_mix(hash_mix(hash_mix(0, entry->group), entry->tail.holder),
                    (uintptr_t)entry->tail.site);
}

static struct cycle_tail *tail_for(struct entries *entries, const struct entry *entry)
{
    uint64_t hash = hash_entry(entry);
    struct index_search search = index_table_search(&entries->table, hash);
    uint32_t index;
    while (index_table_next(&search, &index))
        if (same_tail(&entries->all[index], entry))
            return &entries->all[index].tail;
    entries->all = arena_grow(entries->arena, entries->all, entries->count, &entries->capacity,
                              sizeof *entries->all);
    entries->all[entries->count] = *entry;
    index_table_add(&entries->table, hash, (uint32_t)entries->count);
    return &entries->all[entries->count++].tail;
}

/* A block that only other cycles below lead to is theirs. */
static void add_tail(struct entries *entries, const struct tails *tails, uint32_t group,
                     uint32_t component)
{
    const struct cycle_rings *rings = tails->rings;
    const struct graph *graph = rings->graph;
    if (tails->holders[component] == NO_HOLDER || rings->leaks->is_cycle[component])
        return;
    uint32_t node = rings->leaks->components.nodes[rings->leaks->components.starts[component]];
    struct entry entry = {
        .group = group,
        .tail.holder = tails->holders[component],
        .tail.type = tails->names ? node_names_type(tails->names, node)
                                  : graph->type_names[graph->types[node]],
        .tail.site = sites_get(tails->sites, graph->sites[node]),
    };
    struct cycle_tail *tail = tail_for(entries, &entry);
    tail->amount.blocks++;
    tail->amount.bytes += graph->sizes[node];
}

/* --- who holds what --- */

static void sort_rings(struct tails *tails, struct arena *scratch, size_t group_count)
{
    const struct cycle_rings *rings = tails->rings;
    uint32_t *next = arena_array(scratch, group_count, sizeof *next);
    tails->starts = arena_array(scratch, group_count + 1, sizeof *tails->starts);
    tails->by_group = arena_array(scratch, rings->count, sizeof *tails->by_group);
    for (uint32_t i = 0; i < rings->count; i++)
        tails->starts[rings->all[i].group + 1]++;
    for (size_t group = 0; group < group_count; group++) {
        next[group] = tails->starts[group];
        tails->starts[group + 1] += tails->starts[group];
    }
    for (uint32_t i = 0; i < rings->count; i++)
        tails->by_group[next[rings->all[i].group]++] = i;
}

/* Of a ring's block its own place; what only blocks that are not shown point to counts for member
   0. Of another block the place of its holder. */
static void pass_holder(uint32_t node, uint32_t target, void *context)
{
    const struct tails *tails = context;
    const struct cycle_rings *rings = tails->rings;
    uint32_t component = rings->leaks->components.of_node[node];
    uint32_t place =
        rings->leaks->is_cycle[component] ? rings->places[node] : tails->holders[component];
    if (place == CYCLE_RINGS_NONE)
        place = 0;
    if (place < tails->holders[target])
        tails->holders[target] = place;
}

static void pass_holders(struct tails *tails, const struct holding *held)
{
    const struct leak_graph *leaks = tails->rings->leaks;
    for (size_t i = 0; i < held->count; i++) {
        uint32_t component = held->components[i];
        bool is_ours = i < held->seed_count ||
                       (!leaks->is_cycle[component] && tails->holders[component] != NO_HOLDER);
        if (is_ours)
            components_visit_edges(&leaks->components, leaks->graph, component, pass_holder, tails);
    }
}

static void forget_holders(struct tails *tails, const struct holding *held)
{
    for (size_t i = 0; i < held->count; i++)
        tails->holders[held->components[i]] = NO_HOLDER;
    for (size_t i = 0; i < held->touched_count; i++)
        tails->holders[held->touched[i]] = NO_HOLDER;
}

static void fill_group(struct tails *tails, struct entries *entries, uint32_t group,
                       struct cycle *cycle)
{
    holdings_begin(tails->holdings);
    for (uint32_t i = tails->starts[group]; i < tails->starts[group + 1]; i++)
        holdings_seed(tails->holdings, tails->rings->all[tails->by_group[i]].component);
    const struct holding *held = holdings_follow(tails->holdings, true);
    cycle->retained_bytes = held->amount.bytes;
    cycle->retained_blocks = held->amount.blocks;
    cycle->shared = held->shared;
    pass_holders(tails, held);
    for (size_t i = held->seed_count; i < held->count; i++)
        add_tail(entries, tails, group, held->components[i]);
    forget_holders(tails, held);
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *one = left, *other = right;
    if (one->group != other->group)
        return one->group < other->group ? -1 : 1;
    if (one->tail.amount.bytes != other->tail.amount.bytes)
        return one->tail.amount.bytes > other->tail.amount.bytes ? -1 : 1;
    if (one->tail.holder != other->tail.holder)
        return one->tail.holder < other->tail.holder ? -1 : 1;
    return one->tail.site < other->tail.site ? -1 : one->tail.site > other->tail.site;
}

static void hand_out(struct entries *entries, struct cycle *cycles, struct arena *arena)
{
    struct cycle_tail *tails = arena_array(arena, entries->count, sizeof *tails);
    if (entries->count)
        qsort(entries->all, entries->count, sizeof *entries->all, compare_entries);
    for (size_t i = 0; i < entries->count; i++) {
        struct cycle *cycle = &cycles[entries->all[i].group];
        tails[i] = entries->all[i].tail;
        if (cycle->tail_count++ == 0)
            cycle->tails = &tails[i];
    }
}

void cycle_tails_fill(struct cycle *cycles, size_t cycle_count, struct arena *arena,
                      const struct cycle_rings *rings, const struct sites *sites,
                      struct node_names *names)
{
    if (cycle_count == 0)
        return;
    struct arena *scratch = arena_child(arena);
    uint32_t component_count = rings->leaks->components.count;
    struct entries entries = {.arena = scratch, .table = {.arena = scratch}};
    struct tails tails = {
        .rings = rings,
        .sites = sites,
        .names = names,
        .holdings = holdings_new(scratch, rings->leaks),
        .holders = arena_array(scratch, component_count, sizeof *tails.holders),
    };
    memset(tails.holders, UINT8_MAX, component_count * sizeof *tails.holders);
    sort_rings(&tails, scratch, cycle_count);
    for (uint32_t group = 0; group < cycle_count; group++)
        fill_group(&tails, &entries, group, &cycles[group]);
    hand_out(&entries, cycles, arena);
    arena_free(scratch);
}
