/* SPDX-License-Identifier: MIT */
#include "analyzer/leaks/leaks.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/graph/holdings.h"

const char *const leak_class_names[] = {"direct", "indirect", "cycle"};

struct group {
    struct leak leak;
    uint32_t first_block, block_count; /* in the order of groups */
};

static void add(struct amount *amount, uint64_t bytes)
{
    amount->blocks++;
    amount->bytes += bytes;
}

/* Set as long as all blocks of the group agree. */
static void add_type(struct group *group, struct node_names *names, uint32_t node)
{
    const char *type = names ? node_names_type(names, node) : NULL, *other = group->leak.type;
    bool is_first = group->leak.amount.blocks == 0;
    if (is_first || (other && type != other && (!type || strcmp(type, other) != 0)))
        group->leak.type = is_first ? type : NULL;
}

static struct group *group_of(struct group *groups, const struct leak_graph *leak_graph,
                              const struct sites *sites, uint32_t node)
{
    struct site *site = sites_get(sites, leak_graph->graph->sites[node]);
    return &groups[(size_t)(site - sites->all) * LEAK_CLASSES + leak_graph_class(leak_graph, node)];
}

static void add_node(struct leaks *leaks, struct group *groups, const struct leak_graph *leak_graph,
                     const struct sites *sites, struct node_names *names, uint32_t node)
{
    struct amount *const by_class[LEAK_CLASSES] = {&leaks->direct, &leaks->indirect, &leaks->cycle};
    enum leak_class class = leak_graph_class(leak_graph, node);
    struct site *site = sites_get(sites, leak_graph->graph->sites[node]);
    struct group *group = group_of(groups, leak_graph, sites, node);
    uint64_t bytes = leak_graph->graph->sizes[node];

    add(&leaks->all, bytes);
    add(by_class[class], bytes);
    add_type(group, names, node);
    add(&group->leak.amount, bytes);
    group->leak.class = class;
    group->leak.site = site;
    site->figures.leaked_blocks++;
    site->figures.leaked_bytes += bytes;
    group->block_count++;
}

/* The leaked components by the group of their blocks, one after another. */
static uint32_t *sort_components(struct arena *scratch, struct group *groups, size_t group_count,
                                 const struct leak_graph *leak_graph, const struct sites *sites)
{
    const struct components *components = &leak_graph->components;
    uint32_t node_count = components->starts[components->count], first = 0;
    uint32_t *sorted = arena_array(scratch, node_count, sizeof *sorted);
    for (size_t i = 0; i < group_count; i++) {
        groups[i].first_block = first;
        first += groups[i].block_count;
        groups[i].block_count = 0;
    }
    for (uint32_t i = 0; i < node_count; i++) {
        struct group *group = group_of(groups, leak_graph, sites, components->nodes[i]);
        sorted[group->first_block + group->block_count++] =
            components->of_node[components->nodes[i]];
    }
    return sorted;
}

/* What would go with all blocks of a group, also what two of them share. */
static void find_retained(struct arena *scratch, struct group *groups, size_t group_count,
                          const struct leak_graph *leak_graph, const struct sites *sites)
{
    struct holdings *holdings = holdings_new(scratch, leak_graph);
    const uint32_t *sorted = sort_components(scratch, groups, group_count, leak_graph, sites);
    for (struct group *group = groups; group < groups + group_count; group++) {
        if (group->block_count == 0)
            continue;
        holdings_begin(holdings);
        for (uint32_t i = 0; i < group->block_count; i++)
            holdings_seed(holdings, sorted[group->first_block + i]);
        group->leak.retained_bytes = holdings_follow(holdings, false)->amount.bytes;
    }
}

static int descending(uint64_t one, uint64_t other)
{
    return one > other ? -1 : one < other;
}

static int compare_leaks(const void *left, const void *right)
{
    const struct leak *one = left, *other = right;
    if (one->retained_bytes != other->retained_bytes)
        return descending(one->retained_bytes, other->retained_bytes);
    if (one->amount.bytes != other->amount.bytes)
        return descending(one->amount.bytes, other->amount.bytes);
    if (one->amount.blocks != other->amount.blocks)
        return descending(one->amount.blocks, other->amount.blocks);
    if (one->class != other->class)
        return (int)one->class - (int)other->class;
    int order = strcmp(one->site->fingerprint, other->site->fingerprint);
    return order ? order : one->site < other->site ? -1 : one->site > other->site;
}

static void list_groups(struct leaks *leaks, struct arena *arena, const struct group *groups,
                        size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        used += groups[i].leak.site != NULL;
    struct leak *list = arena_array(arena, used, sizeof *list);
    for (size_t i = 0, next = 0; i < count; i++)
        if (groups[i].leak.site)
            list[next++] = groups[i].leak;
    qsort(list, used, sizeof *list, compare_leaks);
    leaks->sites = list;
    leaks->site_count = used;
}

void leaks_sum(struct leaks *leaks, struct arena *arena, const struct leak_graph *leak_graph,
               const struct sites *sites, struct node_names *names)
{
    const struct components *components = &leak_graph->components;
    struct arena *scratch = arena_child(arena);
    size_t group_count = sites->all_count * LEAK_CLASSES;
    struct group *groups = arena_array(scratch, group_count, sizeof *groups);
    leaks->reachable = leak_graph->reachable;
    leaks->suppressed = leak_graph->suppressed;
    for (uint32_t i = 0; i < components->starts[components->count]; i++)
        add_node(leaks, groups, leak_graph, sites, names, components->nodes[i]);
    find_retained(scratch, groups, group_count, leak_graph, sites);
    list_groups(leaks, arena, groups, group_count);
    arena_free(scratch);
}
