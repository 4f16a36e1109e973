/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/drawing.h"

#include <string.h>

void drawing_hide_all(struct drawing *drawing)
{
    uint32_t count = drawing->input->graph->node_count;
    drawing->places = arena_array(drawing->scratch, count, sizeof *drawing->places);
    memset(drawing->places, 0xff, count * sizeof *drawing->places);
}

uint32_t drawing_show(struct drawing *drawing, uint32_t node, uint32_t depth)
{
    if (drawing->places[node] != DRAWING_HIDDEN)
        return drawing->places[node];
    drawing->shown = arena_grow(drawing->scratch, drawing->shown, drawing->shown_count,
                                &drawing->shown_capacity, sizeof *drawing->shown);
    drawing->shown[drawing->shown_count] = (struct shown){.node = node, .depth = depth};
    drawing->places[node] = (uint32_t)drawing->shown_count;
    return (uint32_t)drawing->shown_count++;
}

void drawing_show_start(struct drawing *drawing, uint32_t node, uint32_t depth)
{
    uint32_t place = drawing_show(drawing, node, depth);
    drawing->shown[place].is_start = true;
}

uint64_t drawing_retained(const struct drawing *drawing, uint32_t node)
{
    return drawing->input->tree->parents[node] == DOMINATOR_NONE
               ? drawing->input->graph->sizes[node]
               : drawing->input->tree->retained[node];
}

void drawing_add_best(struct drawing_best *best, uint32_t node)
{
    uint64_t retained = drawing_retained(best->drawing, node), at = best->count;
    if (at == best->limit) {
        if (at == 0 || drawing_retained(best->drawing, best->nodes[at - 1]) >= retained)
            return;
        at--;
    } else {
        best->count++;
    }
    for (; at > 0 && drawing_retained(best->drawing, best->nodes[at - 1]) < retained; at--)
        best->nodes[at] = best->nodes[at - 1];
    best->nodes[at] = node;
}

struct drawing_best drawing_best(struct drawing *drawing)
{
    struct drawing_best best = {.drawing = drawing, .limit = drawing->query->too_many};
    if (best.limit > drawing->input->graph->node_count)
        best.limit = drawing->input->graph->node_count;
    best.nodes = arena_array(drawing->scratch, best.limit, sizeof *best.nodes);
    return best;
}

bool drawing_is_freed(const struct drawing *drawing, uint32_t node)
{
    return drawing->input->graph->flags[node] & GRAPH_FREED;
}

static bool is_of_library(const char *type)
{
    const char *last = type ? strrchr(type, ' ') : NULL;
    return last && (strcmp(last, " node") == 0 || strcmp(last, " buffer") == 0);
}

size_t drawing_add_node(struct drawing *drawing, struct object_node node)
{
    drawing->nodes = arena_grow(drawing->arena, drawing->nodes, drawing->node_count,
                                &drawing->node_capacity, sizeof *drawing->nodes);
    drawing->nodes[drawing->node_count] = node;
    return drawing->node_count++;
}

struct object_node drawing_describe(const struct drawing *drawing, uint32_t node)
{
    const struct drawing_input *input = drawing->input;
    const char *type = node_names_type(input->names, node);
    return (struct object_node){
        .kind = OBJECT_BLOCK,
        .name = type,
        .site = sites_get(input->sites, input->graph->sites[node]),
        .address = input->graph->addresses[node],
        .size_bytes = input->graph->sizes[node],
        .retained_bytes = drawing_retained(drawing, node),
        .is_leaked = input->tree->parents[node] == DOMINATOR_NONE,
        .is_of_library = is_of_library(type),
    };
}
