/* SPDX-License-Identifier: MIT */
#include "analyzer/leaks/cycle_tails.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/hash.h"
#include "analyzer/base/index_table.h"

#define NO_BRANCH UINT32_MAX

/*
 * A block belongs to the tail of the nearest cycle above it in the dominator tree. The way there
 * begins with the branch, a component that the cycle immediately dominates.
 */
struct ways {
    uint32_t *branches; /* by component: NO_BRANCH when no cycle is above it */
    uint32_t *holders;  /* by branch: the member that leads there */
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

static void find_branches(const struct cycle_rings *rings, struct ways *ways)
{
    const struct leak_graph *leaks = rings->leaks;
    for (uint32_t component = leaks->components.count; component-- > 0;) {
        uint32_t parent = leaks->dominators.parents[component];
        ways->branches[component] = NO_BRANCH;
        if (parent == leaks->dominators.root)
            continue;
        ways->branches[component] = leaks->is_cycle[parent] ? component : ways->branches[parent];
    }
}

/* The first member that points to a branch. Branches that only hidden blocks point to are put down
 * to member 0. */
static void find_holders(const struct cycle_rings *rings, struct ways *ways,
                         const struct ring *ring)
{
    const struct graph *graph = rings->graph;
    const struct components *components = &rings->leaks->components;
    for (uint32_t i = ring->member_count; i-- > 0;) {
        uint32_t node = rings->members[ring->first_member + i];
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1];
             edge++) {
            uint32_t target = components->of_node[graph->targets[edge]];
            if (target != COMPONENT_NONE &&
                rings->leaks->dominators.parents[target] == ring->component)
                ways->holders[target] = i;
        }
    }
}

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

static void add_component(struct entries *entries, const struct cycle_rings *rings,
                          const struct ways *ways, const struct sites *sites,
                          struct node_names *names, uint32_t component)
{
    const struct graph *graph = rings->graph;
    uint32_t branch = ways->branches[component];
    if (branch == NO_BRANCH || rings->leaks->is_cycle[component])
        return;
    uint32_t cycle = rings->leaks->dominators.parents[branch];
    uint32_t node = rings->leaks->components.nodes[rings->leaks->components.starts[component]];
    struct entry entry = {
        .group = rings->all[rings->of_component[cycle]].group,
        .tail.holder = ways->holders[branch],
        .tail.type = names ? node_names_type(names, node) : graph->type_names[graph->types[node]],
        .tail.site = sites_get(sites, graph->sites[node]),
    };
    struct cycle_tail *tail = tail_for(entries, &entry);
    tail->amount.blocks++;
    tail->amount.bytes += graph->sizes[node];
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
    struct ways ways = {
        .branches = arena_array(scratch, component_count, sizeof *ways.branches),
        .holders = arena_array(scratch, component_count, sizeof *ways.holders),
    };
    find_branches(rings, &ways);
    for (uint32_t i = 0; i < rings->count; i++)
        find_holders(rings, &ways, &rings->all[i]);
    for (uint32_t component = 0; component < component_count; component++)
        add_component(&entries, rings, &ways, sites, names, component);
    hand_out(&entries, cycles, arena);
    arena_free(scratch);
}
