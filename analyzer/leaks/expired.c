/* SPDX-License-Identifier: MIT */
#include "analyzer/leaks/expired.h"

#include <stdlib.h>

#include "analyzer/objects/holder_names.h"

struct lister {
    const struct weak_references *weak;
    struct holder_names *names;
    struct expired *all;
    size_t count;
    uint32_t *of_kind; /* index + 1 */
};

static bool is_listed(const struct lister *lister, uint32_t node)
{
    const struct control_block *block = control_blocks_at(&lister->weak->blocks, node);
    return lister->weak->graph->flags[node] & GRAPH_EXPIRED && block && block->is_inside;
}

static struct expired *expired_of(struct lister *lister, uint32_t node)
{
    uint32_t *index = &lister->of_kind[node_names_kind(lister->weak->names, node)];
    if (*index == 0)
        *index = (uint32_t)++lister->count;
    return &lister->all[*index - 1];
}

static void add_blocks(struct lister *lister, const struct sites *sites)
{
    const struct graph *graph = lister->weak->graph;
    for (uint32_t i = 0; i < lister->weak->blocks.count; i++) {
        const struct control_block *block = &lister->weak->blocks.all[i];
        if (!is_listed(lister, block->node) || graph->flags[block->node] & GRAPH_FREED)
            continue;
        struct expired *expired = expired_of(lister, block->node);
        expired->type = node_names_type(lister->weak->names, block->node);
        expired->site = sites_get(sites, graph->sites[block->node]);
        expired->amount.blocks++;
        expired->amount.bytes += graph->sizes[block->node];
        expired->weak += block->weak;
    }
}

static void visit_edge(const struct graph_edge *edge, void *context)
{
    struct lister *lister = context;
    if (edge->target_offset || edge->from == edge->to || !is_listed(lister, edge->to))
        return;
    struct expired *expired = expired_of(lister, edge->to);
    if (!expired->held_by)
        expired->held_by = holder_names_text(lister->names, edge->from, edge->offset);
}

static void visit_root(const struct graph_root *root, void *context)
{
    struct lister *lister = context;
    if (root->target_offset || root_names_label(lister->weak->roots, root).ownership != EDGE_WEAK ||
        !is_listed(lister, root->to))
        return;
    struct expired *expired = expired_of(lister, root->to);
    if (!expired->held_by)
        expired->held_by = holder_names_root(lister->names, root);
}

static int compare(const void *left, const void *right)
{
    const struct expired *one = left, *other = right;
    if (one->amount.bytes != other->amount.bytes)
        return one->amount.bytes > other->amount.bytes ? -1 : 1;
    return one->weak > other->weak ? -1 : one->weak < other->weak;
}

bool expired_list(struct process *process, struct arena *arena, const struct sites *sites,
                  const struct weak_references *weak, struct error *error)
{
    struct lister lister = {.weak = weak};
    if (!weak->names || !weak->has_expired)
        return true;
    struct arena *scratch = arena_child(arena);
    uint32_t kinds = node_names_kind_count(weak->names);
    lister.of_kind = arena_array(scratch, kinds, sizeof *lister.of_kind);
    lister.all = arena_array(arena, kinds, sizeof *lister.all);
    add_blocks(&lister, sites);
    lister.names = holder_names_new(arena, scratch, weak->graph, weak->names, weak->roots, error);
    bool done = lister.names &&
                graph_read_edges(weak->graph, scratch, visit_edge, &lister, error) &&
                graph_read_roots(weak->graph, scratch, visit_root, &lister, error);
    if (lister.count)
        qsort(lister.all, lister.count, sizeof *lister.all, compare);
    process->expired = lister.all;
    process->expired_count = lister.count;
    arena_free(scratch);
    return done;
}
