/* SPDX-License-Identifier: MIT */
#include "analyzer/leaks/cycle_owners.h"

#include <string.h>

#include "analyzer/objects/holder_names.h"

enum { TEXTS = 4, NOBODY = UINT32_MAX };

/* Of one group, as its first ring shows it. */
struct told {
    uint32_t component;
    uint32_t control; /* node: the lowest control block that weak references lead to */
    const char **weak, **owners;
};

struct filler {
    struct cycle *cycles;
    struct told *told;      /* by group */
    uint32_t *of_component; /* group + 1 of which it is the first ring */
    const struct leak_graph *leaks;
    const struct graph *graph;
    const struct weak_references *weak;
    struct holder_names *names;
};

static void list_first_rings(struct filler *filler, const struct cycle_rings *rings,
                             struct arena *scratch, struct arena *arena, size_t count)
{
    filler->told = arena_array(scratch, count, sizeof *filler->told);
    filler->of_component =
        arena_array(scratch, rings->leaks->components.count, sizeof *filler->of_component);
    for (uint32_t i = rings->count; i-- > 0;) {
        struct told *told = &filler->told[rings->all[i].group];
        told->component = rings->all[i].component;
        told->control = NOBODY;
    }
    for (size_t i = 0; i < count; i++) {
        filler->of_component[filler->told[i].component] = (uint32_t)i + 1;
        filler->told[i].weak = arena_array(arena, TEXTS, sizeof *filler->told[i].weak);
        filler->told[i].owners = arena_array(arena, TEXTS, sizeof *filler->told[i].owners);
    }
}

/* The group whose first cycle a control block is in; -1: none. */
static int64_t group_of(const struct filler *filler, uint32_t to, uint64_t target_offset)
{
    uint32_t component = filler->leaks->components.of_node[to];
    if (target_offset || component == COMPONENT_NONE ||
        !control_blocks_at(&filler->weak->blocks, to))
        return -1;
    return (int64_t)filler->of_component[component] - 1;
}

static void add_text(const char **texts, size_t *count, const char *text)
{
    for (size_t i = 0; i < *count; i++)
        if (!text || strcmp(texts[i], text) == 0)
            return;
    if (text && *count < TEXTS)
        texts[(*count)++] = text;
}

static void add_weak(struct filler *filler, int64_t group, uint32_t control, const char *text)
{
    struct told *told = &filler->told[group];
    struct cycle *cycle = &filler->cycles[group];
    if (control < told->control)
        told->control = control;
    add_text(told->weak, &cycle->only_weak_count, text);
    cycle->only_weak = told->weak;
}

static void visit_weak_edge(const struct graph_edge *edge, void *context)
{
    struct filler *filler = context;
    int64_t group = group_of(filler, edge->to, edge->target_offset);
    bool is_outside =
        !filler->leaks->leaked[edge->from] && !(filler->graph->flags[edge->from] & GRAPH_EXPIRED);
    if (group >= 0 && is_outside && filler->cycles[group].only_weak_count < TEXTS)
        add_weak(filler, group, edge->to,
                 holder_names_text(filler->names, edge->from, edge->offset));
}

/* What is left over on a stack tells nobody anything. */
static void visit_weak_root(const struct graph_root *root, void *context)
{
    struct filler *filler = context;
    int64_t group = group_of(filler, root->to, root->target_offset);
    bool is_weak = group >= 0 && root_names_label(filler->weak->roots, root).ownership == EDGE_WEAK;
    if (is_weak)
        add_weak(filler, group, root->to, holder_names_root(filler->names, root));
}

static void visit_owner(const struct graph_edge *edge, void *context)
{
    struct filler *filler = context;
    int64_t group = group_of(filler, edge->to, edge->target_offset);
    if (group < 0 || filler->told[group].control != edge->to)
        return;
    struct cycle *cycle = &filler->cycles[group];
    struct told *told = &filler->told[group];
    cycle->use_count = control_blocks_at(&filler->weak->blocks, edge->to)->owners;
    cycle->owners_found++;
    add_text(told->owners, &cycle->owner_count,
             holder_names_text(filler->names, edge->from, edge->offset));
    cycle->owners = told->owners;
}

bool cycle_owners_fill(struct cycle *cycles, size_t cycle_count, struct arena *arena,
                       const struct cycle_rings *rings, const struct weak_references *weak,
                       struct error *error)
{
    const struct graph *graph = rings->graph;
    if (!weak || !weak->names || !graph->cut_edges || cycle_count == 0)
        return true;
    struct arena *scratch = arena_child(arena);
    struct filler filler = {.cycles = cycles, .leaks = rings->leaks, .graph = graph, .weak = weak};
    list_first_rings(&filler, rings, scratch, arena, cycle_count);
    filler.names = holder_names_new(arena, scratch, graph, weak->names, weak->roots, error);
    bool done = filler.names &&
                graph_read_cut_edges(graph, scratch, visit_weak_edge, &filler, error) &&
                graph_read_cut_roots(graph, scratch, visit_weak_root, &filler, error) &&
                graph_read_edges(graph, scratch, visit_owner, &filler, error);
    arena_free(scratch);
    return done;
}
