/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/drawing_owners.h"

/* --- who knows them weakly --- */

struct weak_holders {
    struct drawing *drawing;
    uint64_t room;
};

static void show_holder(const struct graph_edge *edge, void *context)
{
    struct weak_holders *holders = context;
    struct drawing *drawing = holders->drawing;
    const struct graph *graph = drawing->input->graph;
    uint32_t place = drawing->places[edge->to];
    if (place == DRAWING_HIDDEN || !drawing->shown[place].is_start ||
        graph->flags[edge->from] & (GRAPH_EXPIRED | GRAPH_FREED) ||
        drawing->places[edge->from] != DRAWING_HIDDEN)
        return;
    if (holders->room == 0) {
        drawing->shown[place].left_out++;
        return;
    }
    holders->room--;
    drawing_show(drawing, edge->from, 1);
}

bool drawing_owners_show_weak(struct drawing *drawing, struct error *error)
{
    struct weak_holders holders = {drawing, drawing->query->too_many};
    return drawing->query->max_depth == 0 ||
           graph_read_cut_edges(drawing->input->graph, drawing->scratch, show_holder, &holders,
                                error);
}

/* --- how many own them --- */

struct counter {
    struct drawing *drawing;
    const struct control_blocks *blocks;
    struct object_node **counted; /* by control block; NULL: not drawn */
};

static struct object_node *node_of(const struct counter *counter, uint32_t to,
                                   uint64_t target_offset)
{
    const struct control_block *block =
        target_offset == 0 ? control_blocks_at(counter->blocks, to) : NULL;
    return block ? counter->counted[block - counter->blocks->all] : NULL;
}

static void note(struct counter *counter, const struct control_block *block, uint32_t object)
{
    uint32_t place = counter->drawing->places[object];
    if (place == DRAWING_HIDDEN)
        return;
    struct object_node *node = &counter->drawing->nodes[place];
    node->is_shared = true;
    node->use_count = block->owners;
    counter->counted[block - counter->blocks->all] = node;
}

static void find_object(const struct graph_edge *edge, void *context)
{
    struct counter *counter = context;
    const struct control_block *block = counter->drawing->places[edge->to] == DRAWING_HIDDEN
                                            ? NULL
                                            : control_blocks_at(counter->blocks, edge->from);
    if (block && !block->is_inside && block->object_offset == edge->offset)
        note(counter, block, edge->to);
}

static void count_owner(const struct graph_edge *edge, void *context)
{
    struct counter *counter = context;
    struct object_node *node = node_of(counter, edge->to, edge->target_offset);
    if (node &&
        node_names_edge(counter->drawing->input->names, edge->from, edge->offset).ownership ==
            EDGE_SHARED)
        node->owners_found++;
}

static void count_root(const struct graph_root *root, void *context)
{
    struct counter *counter = context;
    struct object_node *node = node_of(counter, root->to, root->target_offset);
    if (node && root_names_label(counter->drawing->input->roots, root).ownership == EDGE_SHARED)
        node->owners_found++;
}

bool drawing_owners_count(struct drawing *drawing, struct error *error)
{
    const struct drawing_input *input = drawing->input;
    struct counter counter = {.drawing = drawing, .blocks = input->blocks};
    if (input->blocks->count == 0)
        return true;
    counter.counted = arena_array(drawing->scratch, input->blocks->count, sizeof(*counter.counted));
    for (uint32_t i = 0; i < input->blocks->count; i++)
        if (input->blocks->all[i].is_inside)
            note(&counter, &input->blocks->all[i], input->blocks->all[i].node);
    return graph_read_edges(input->graph, drawing->scratch, find_object, &counter, error) &&
           graph_read_edges(input->graph, drawing->scratch, count_owner, &counter, error) &&
           graph_read_roots(input->graph, drawing->scratch, count_root, &counter, error);
}
