/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/drawing_neighbours.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/graph/python_merge.h"

/* Shows the node's neighbours as far as there is room for more; duplicates count once. */
static void show_neighbours(struct drawing *drawing, uint32_t place, const uint32_t *nodes,
                            uint32_t count)
{
    uint64_t room = drawing->query->too_many;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && nodes[i] == nodes[i - 1])
            continue;
        if (nodes[i] == drawing->shown[place].node || drawing_is_freed(drawing, nodes[i]))
            continue;
        if (room == 0 && drawing->places[nodes[i]] == DRAWING_HIDDEN) {
            drawing->shown[place].left_out++;
            continue;
        }
        room -= room > 0;
        drawing_show(drawing, nodes[i], drawing->shown[place].depth + 1);
    }
}

static bool is_module(const struct drawing *drawing, uint32_t node)
{
    const char *type = python_merge_is_object(drawing->input->graph, node)
                           ? node_names_type(drawing->input->names, node)
                           : NULL;
    return type && strcmp(type, "module") == 0;
}

/* Of the holders of a module's variable, shows only the module: every function refers to the
 * variables too. */
static void show_holders(struct drawing *drawing, uint32_t place, const uint32_t *nodes,
                         uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (is_module(drawing, nodes[i])) {
            show_neighbours(drawing, place, nodes + i, 1);
            return;
        }
    show_neighbours(drawing, place, nodes, count);
}

static void spread_back(struct drawing *drawing)
{
    const struct graph *graph = drawing->input->graph;
    struct referrers referrers;
    referrers_find(&referrers, drawing->scratch, graph);
    for (size_t i = 0; i < drawing->shown_count; i++) {
        uint32_t node = drawing->shown[i].node, first = referrers.starts[node];
        drawing->shown[i].wants_roots = true;
        if (drawing->shown[i].depth < drawing->query->max_depth &&
            (i == 0 || !is_module(drawing, node)))
            show_holders(drawing, (uint32_t)i, referrers.nodes + first,
                         referrers.starts[node + 1] - first);
    }
}

static void spread_forward(struct drawing *drawing)
{
    const struct graph *graph = drawing->input->graph;
    for (size_t i = 0; i < drawing->shown_count; i++) {
        uint32_t first = graph->edge_starts[drawing->shown[i].node];
        drawing->shown[i].wants_roots = drawing->shown[i].is_start;
        if (drawing->shown[i].depth < drawing->query->max_depth)
            show_neighbours(drawing, (uint32_t)i, graph->targets + first,
                            graph->edge_starts[drawing->shown[i].node + 1] - first);
    }
}

static void spread_to_roots(struct drawing *drawing)
{
    size_t starts = drawing->shown_count;
    for (size_t i = 0; i < starts; i++) {
        uint32_t node = drawing->shown[i].node, depth = 0;
        while (drawing->input->paths->from[node] < drawing->input->graph->node_count) {
            node = drawing->input->paths->from[node];
            drawing_show(drawing, node, ++depth);
        }
        drawing->shown[drawing->places[node]].wants_roots =
            drawing->input->paths->from[node] == PATHS_ROOT;
    }
}

static int compare_retained(const void *left, const void *right, void *context)
{
    uint64_t one = drawing_retained(context, *(const uint32_t *)left);
    uint64_t other = drawing_retained(context, *(const uint32_t *)right);
    return one > other ? -1 : one < other;
}

static void spread_to_dominated(struct drawing *drawing)
{
    const struct dominator_tree *tree = drawing->input->tree;
    struct dominator_children children;
    dominator_tree_children(&children, drawing->scratch, drawing->input->graph, tree);
    for (size_t i = 0; i < drawing->shown_count; i++) {
        uint32_t node = drawing->shown[i].node, first = children.starts[node];
        uint32_t count = children.starts[node + 1] - first;
        drawing->shown[i].wants_roots = tree->parents[node] == DOMINATOR_ROOTS;
        if (drawing->shown[i].depth >= drawing->query->max_depth || count == 0)
            continue;
        qsort_r(children.nodes + first, count, sizeof *children.nodes, compare_retained, drawing);
        show_neighbours(drawing, (uint32_t)i, children.nodes + first, count);
    }
}

void drawing_neighbours_show(struct drawing *drawing)
{
    static void (*const spread[])(struct drawing *) = {
        [OBJECT_VIEW_BACKREFS] = spread_back,
        [OBJECT_VIEW_REFS] = spread_forward,
        [OBJECT_VIEW_PATH] = spread_to_roots,
        [OBJECT_VIEW_DOMINATORS] = spread_to_dominated,
    };
    spread[drawing->query->view](drawing);
}
