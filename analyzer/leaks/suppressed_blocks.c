/* SPDX-License-Identifier: MIT */
#include "analyzer/leaks/suppressed_blocks.h"

#include "analyzer/sites/suppression_match.h"

enum { BLOCK_KINDS = RECORDING_KIND_PYTHON + 1 };

/* The rule for each site, class and kind of block, looked up once. */
struct known {
    bool is_known;
    struct suppression_rule *rule;
};

struct marker {
    struct arena *arena;
    const struct sites *sites;
    const struct suppression_rules *rules;
    struct known *known; /* by site, class and kind */
};

static struct suppression_rule *rule_for(struct marker *marker, uint32_t id, enum leak_class class,
                                         enum recording_block_kind kind)
{
    const struct site *site = sites_get(marker->sites, id);
    size_t index = (size_t)(site - marker->sites->all) * LEAK_CLASSES + class;
    struct known *known = &marker->known[index * BLOCK_KINDS + kind];
    struct suppression_block block = {&site->stack, class, kind};
    if (!known->is_known)
        known->rule = suppression_match_leak(marker->rules, marker->arena, &block);
    known->is_known = true;
    return known->rule;
}

const bool *suppressed_blocks_mark(struct arena *arena, const struct leak_graph *leaks,
                                   const struct sites *sites, const struct suppression_rules *rules)
{
    const struct graph *graph = leaks->graph;
    struct marker marker = {.arena = arena, .sites = sites, .rules = rules};
    bool any = false;
    if (suppression_rules_count(rules) == 0)
        return NULL;
    marker.known =
        arena_array(arena, sites->all_count * LEAK_CLASSES * BLOCK_KINDS, sizeof *marker.known);
    bool *marked = arena_array(arena, graph->node_count, sizeof *marked);
    for (uint32_t node = 0; node < graph->node_count; node++) {
        if (!leaks->leaked[node])
            continue;
        struct suppression_rule *rule =
            rule_for(&marker, graph->sites[node], leak_graph_class(leaks, node),
                     graph_kind(graph->flags[node]));
        if (!rule)
            continue;
        rule->hits.blocks++;
        rule->hits.bytes += graph->sizes[node];
        any = marked[node] = true;
    }
    return any ? marked : NULL;
}
