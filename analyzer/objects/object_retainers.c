/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/object_retainers.h"

#include "analyzer/objects/drawing.h"

/* A variable says more than a stack does. */
static void visit_holder(const struct graph_root *root, void *context)
{
    struct drawing *drawing = context;
    uint32_t place = drawing->places[root->to];
    bool is_variable = root_names_is_static(drawing->input->roots, root);
    if (place != DRAWING_HIDDEN && (is_variable || !drawing->nodes[place].held_by))
        drawing->nodes[place].held_by = root_names_text(drawing->input->roots, root);
}

struct distant_holders {
    struct drawing *drawing;
    uint32_t *starts; /* by retainer: the block that a root leads to on the way to it */
};

/* A block that several others hold together is still reached from some root. */
static void visit_distant_holder(const struct graph_root *root, void *context)
{
    const struct distant_holders *distant = context;
    struct drawing *drawing = distant->drawing;
    for (size_t i = 0; i < drawing->node_count; i++) {
        bool is_better =
            !drawing->nodes[i].held_by || root_names_is_static(drawing->input->roots, root);
        if (distant->starts[i] != root->to || !is_better)
            continue;
        drawing->nodes[i].held_by = arena_printf(drawing->arena, "several, reached from %s",
                                                 root_names_text(drawing->input->roots, root));
    }
}

static bool find_distant_holders(struct drawing *drawing, const struct drawing_best *best,
                                 struct error *error)
{
    const struct drawing_input *input = drawing->input;
    struct distant_holders distant = {
        drawing, arena_array(drawing->scratch, drawing->node_count, sizeof(uint32_t))};
    for (size_t i = 0; i < drawing->node_count; i++) {
        uint32_t node = best->nodes[i];
        distant.starts[i] = PATHS_UNREACHED;
        if (drawing->nodes[i].held_by || input->paths->from[node] == PATHS_UNREACHED)
            continue;
        while (input->paths->from[node] != PATHS_ROOT)
            node = input->paths->from[node];
        distant.starts[i] = node;
    }
    return graph_read_roots(input->graph, drawing->scratch, visit_distant_holder, &distant, error);
}

bool object_retainers_find(struct object_graph *objects, struct arena *arena, struct arena *scratch,
                           const struct drawing_input *input, const struct object_query *query,
                           struct error *error)
{
    struct drawing drawing = {.arena = arena, .scratch = scratch, .input = input, .query = query};
    struct drawing_best best = drawing_best(&drawing);
    drawing_hide_all(&drawing);
    for (uint32_t node = 0; node < input->graph->node_count; node++)
        if (!drawing_is_freed(&drawing, node) && input->tree->parents[node] == DOMINATOR_ROOTS)
            drawing_add_best(&best, node);
    for (uint64_t i = 0; i < best.count; i++)
        drawing.places[best.nodes[i]] =
            (uint32_t)drawing_add_node(&drawing, drawing_describe(&drawing, best.nodes[i]));
    if (!graph_read_roots(input->graph, scratch, visit_holder, &drawing, error) ||
        !find_distant_holders(&drawing, &best, error))
        return false;
    objects->retainers = drawing.nodes;
    objects->retainer_count = drawing.node_count;
    return true;
}
