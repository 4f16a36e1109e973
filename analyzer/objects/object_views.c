/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/object_views.h"

#include <string.h>

#include "analyzer/graph/python_merge.h"
#include "analyzer/objects/drawing.h"
#include "analyzer/objects/drawing_cycles.h"
#include "analyzer/objects/drawing_matches.h"
#include "analyzer/objects/drawing_neighbours.h"
#include "analyzer/objects/drawing_owners.h"

/* Two words of one shared_ptr are one pointer, and nameless pointers are drawn as one. */
static bool join_edge(struct drawing *drawing, const struct object_edge *edge)
{
    enum { LOOK_BACK = 256 }; /* a block's edges come one after another */
    for (size_t i = drawing->edge_count; i-- > 0 && drawing->edge_count - i <= LOOK_BACK;) {
        struct object_edge *other = &drawing->edges[i];
        if (other->from != edge->from || other->to != edge->to || !edge->label != !other->label)
            continue;
        if (edge->label && strcmp(edge->label, other->label) != 0)
            continue;
        other->pointers++;
        return true;
    }
    return false;
}

static void add_edge(struct drawing *drawing, struct object_edge edge)
{
    edge.pointers = 1;
    if (join_edge(drawing, &edge))
        return;
    drawing->edges = arena_grow(drawing->arena, drawing->edges, drawing->edge_count,
                                &drawing->edge_capacity, sizeof *drawing->edges);
    drawing->edges[drawing->edge_count++] = edge;
}

static bool is_tree(const struct drawing *drawing)
{
    return drawing->query->view == OBJECT_VIEW_DOMINATORS;
}

/* A path shows only its own pointers, a tree those from holder to held, one for each block. */
static bool is_drawn(const struct drawing *drawing, const struct graph_edge *edge)
{
    if (drawing->places[edge->from] == DRAWING_HIDDEN ||
        drawing->places[edge->to] == DRAWING_HIDDEN)
        return false;
    if (drawing->query->view == OBJECT_VIEW_PATH)
        return drawing->input->paths->from[edge->to] == edge->from;
    return !is_tree(drawing) || (drawing->input->tree->parents[edge->to] == edge->from &&
                                 !drawing->shown[drawing->places[edge->to]].is_held);
}

static void draw(struct drawing *drawing, const struct graph_edge *edge, bool is_cut)
{
    if (!is_drawn(drawing, edge))
        return;
    struct edge_label label = node_names_edge(drawing->input->names, edge->from, edge->offset);
    if (edge->from == edge->to && label.ownership == EDGE_OWNED)
        return; /* a string's pointer to its own characters */
    drawing->shown[drawing->places[edge->to]].is_held = true;
    add_edge(drawing, (struct object_edge){
                          .from = drawing->places[edge->from],
                          .to = drawing->places[edge->to],
                          .offset = python_merge_offset(edge->offset),
                          .label = label.text,
                          .exact = label.is_pointer,
                          .ownership = edge_ownership_names[is_cut ? EDGE_WEAK : label.ownership],
                      });
}

static void visit_edge(const struct graph_edge *edge, void *context)
{
    draw(context, edge, false);
}

/* A destroyed object's pointers are nobody's. */
static void visit_cut_edge(const struct graph_edge *edge, void *context)
{
    struct drawing *drawing = context;
    if (!is_tree(drawing) && !(drawing->input->graph->flags[edge->from] & GRAPH_EXPIRED))
        draw(drawing, edge, true);
}

static size_t root_node(struct drawing *drawing, const char *text)
{
    for (size_t i = drawing->shown_count; i < drawing->node_count; i++)
        if (drawing->nodes[i].kind == OBJECT_ROOT && drawing->nodes[i].name == text)
            return i;
    return drawing_add_node(drawing, (struct object_node){.kind = OBJECT_ROOT, .name = text});
}

static void draw_root(struct drawing *drawing, const struct graph_root *root, bool is_cut)
{
    uint32_t place = drawing->places[root->to];
    if (place == DRAWING_HIDDEN || !drawing->shown[place].wants_roots)
        return;
    if (is_tree(drawing)) {
        if (is_cut || drawing->shown[place].is_held)
            return;
        drawing->shown[place].is_held = true;
    }
    size_t from = root_node(drawing, root_names_text(drawing->input->roots, root));
    struct edge_label label = root_names_label(drawing->input->roots, root);
    add_edge(drawing, (struct object_edge){
                          .from = from,
                          .to = place,
                          .label = label.text ? label.text : "",
                          .exact = label.is_pointer,
                          .ownership = is_cut ? edge_ownership_names[EDGE_WEAK] : NULL,
                      });
}

static void visit_root(const struct graph_root *root, void *context)
{
    draw_root(context, root, false);
}

/* A variable says more than a stack does: in a tree, it comes first. */
static void visit_variable(const struct graph_root *root, void *context)
{
    struct drawing *drawing = context;
    if (root_names_is_static(drawing->input->roots, root))
        draw_root(drawing, root, false);
}

/* What is left over on a stack is no weak reference of anybody's. */
static void visit_cut_root(const struct graph_root *root, void *context)
{
    struct drawing *drawing = context;
    if (root_names_label(drawing->input->roots, root).ownership == EDGE_WEAK)
        draw_root(drawing, root, true);
}

/* A block may be held without a pointer to it: by several that its holder, or the roots, hold. */
static void add_holds(struct drawing *drawing)
{
    static const char several[] = "several together";
    for (size_t i = 0; i < drawing->shown_count; i++) {
        const struct shown *shown = &drawing->shown[i];
        uint32_t parent = drawing->input->tree->parents[shown->node];
        bool is_shown =
            parent < drawing->input->graph->node_count && drawing->places[parent] != DRAWING_HIDDEN;
        if (shown->is_held || !(is_shown || shown->wants_roots))
            continue;
        size_t from = is_shown ? drawing->places[parent] : root_node(drawing, several);
        add_edge(drawing, (struct object_edge){.from = from, .to = i, .label = "holds"});
    }
}

static void add_stubs(struct drawing *drawing)
{
    bool is_backward = drawing->query->view == OBJECT_VIEW_BACKREFS;
    for (size_t i = 0; i < drawing->shown_count; i++) {
        if (drawing->shown[i].left_out == 0)
            continue;
        size_t stub = drawing_add_node(
            drawing, (struct object_node){.kind = OBJECT_MORE, .more = drawing->shown[i].left_out});
        add_edge(drawing, (struct object_edge){.from = is_backward ? stub : i,
                                               .to = is_backward ? i : stub,
                                               .label = ""});
    }
}

bool object_views_fill(struct object_graph *objects, struct arena *arena, struct arena *scratch,
                       const struct drawing_input *input, const struct object_query *query,
                       struct error *error)
{
    struct drawing drawing = {.arena = arena, .scratch = scratch, .input = input, .query = query};
    drawing_hide_all(&drawing);
    if (query->view == OBJECT_VIEW_LIVE_CYCLES) {
        drawing_cycles_show(&drawing, objects);
    } else {
        drawing_matches_show(&drawing, objects);
        if (query->view == OBJECT_VIEW_BACKREFS && !drawing_owners_show_weak(&drawing, error))
            return false;
        drawing_neighbours_show(&drawing);
    }
    for (size_t i = 0; i < drawing.shown_count; i++) {
        drawing_add_node(&drawing, drawing_describe(&drawing, drawing.shown[i].node));
        drawing.nodes[i].is_start = drawing.shown[i].is_start;
    }
    if (!graph_read_edges(input->graph, scratch, visit_edge, &drawing, error) ||
        (is_tree(&drawing) &&
         !graph_read_roots(input->graph, scratch, visit_variable, &drawing, error)) ||
        !graph_read_roots(input->graph, scratch, visit_root, &drawing, error) ||
        !graph_read_cut_edges(input->graph, scratch, visit_cut_edge, &drawing, error) ||
        !graph_read_cut_roots(input->graph, scratch, visit_cut_root, &drawing, error) ||
        !drawing_owners_count(&drawing, error))
        return false;
    if (is_tree(&drawing))
        add_holds(&drawing);
    add_stubs(&drawing);
    objects->nodes = drawing.nodes;
    objects->node_count = drawing.node_count;
    objects->edges = drawing.edges;
    objects->edge_count = drawing.edge_count;
    return true;
}
