/* SPDX-License-Identifier: MIT */
#include "analyzer/suppressed_blocks.h"

#include "analyzer/suppression_match.h"

/* The rule for each site and class, found once. */
struct known {
    bool is_known;
    struct suppression_rule *rule;
};

struct marker {
    struct arena *arena;
    const struct sites *sites;
    const struct suppression_rules *rules;
    struct known *known; /* by site and class */
};

static struct suppression_rule *rule_for(struct marker *marker, uint32_t id, enum leak_class class)
{
    const struct site *site = sites_get(marker->sites, id);
    struct known *known =
        &marker->known[(size_t)(site - marker->sites->all) * LEAK_CLASSES + class];
    if (!known->is_known)
        known->rule = suppression_match_leak(marker->rules, marker->arena, &site->stack, class);
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
    marker.known = arena_array(arena, sites->all_count * LEAK_CLASSES, sizeof *marker.known);
    bool *marked = arena_array(arena, graph->node_count, sizeof *marked);
    for (uint32_t node = 0; node < graph->node_count; node++) {
        if (!leaks->leaked[node])
            continue;
        struct suppression_rule *rule =
            rule_for(&marker, graph->sites[node], leak_graph_class(leaks, node));
        if (!rule)
            continue;
        rule->hits.blocks++;
        rule->hits.bytes += graph->sizes[node];
        any = marked[node] = true;
    }
    return any ? marked : NULL;
}
