/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/drawing_cycles.h"

#include "analyzer/graph/components.h"

struct entrance {
    uint32_t from; /* who holds the cycle: a node, or DRAWING_HIDDEN for a root */
    uint32_t count;
};

static void count_entrance(struct entrance *entrance, uint32_t from)
{
    entrance->count += entrance->count == 0 || entrance->from != from;
    entrance->from = from;
}

static struct entrance *find_entrances(struct drawing *drawing, const struct components *components)
{
    const struct graph *graph = drawing->input->graph;
    struct entrance *entrances =
        arena_array(drawing->scratch, components->count, sizeof *entrances);
    for (uint32_t node = 0; node < graph->node_count; node++) {
        uint32_t own = components->of_node[node];
        for (uint32_t edge = graph->edge_starts[node];
             own != COMPONENT_NONE && edge < graph->edge_starts[node + 1]; edge++)
            if (components->of_node[graph->targets[edge]] != own)
                count_entrance(&entrances[components->of_node[graph->targets[edge]]], node);
    }
    for (uint32_t i = 0; i < graph->root_count; i++)
        count_entrance(&entrances[components->of_node[graph->roots[i]]], DRAWING_HIDDEN);
    return entrances;
}

/* The member that is reached from outside retains the whole cycle. */
static uint32_t head_of(const struct drawing *drawing, const struct components *components,
                        uint32_t component)
{
    uint32_t head = components->nodes[components->starts[component]];
    for (uint32_t i = components->starts[component]; i < components->starts[component + 1]; i++)
        if (drawing_retained(drawing, components->nodes[i]) > drawing_retained(drawing, head))
            head = components->nodes[i];
    return head;
}

static void show_cycle(struct drawing *drawing, const struct components *components, uint32_t head,
                       const struct entrance *entrance)
{
    uint32_t component = components->of_node[head];
    uint64_t room = drawing->query->too_many;
    uint32_t place = drawing_show(drawing, head, 0);
    drawing->shown[place].is_start = true;
    drawing->shown[place].wants_roots = entrance->from == DRAWING_HIDDEN;
    if (entrance->from != DRAWING_HIDDEN)
        drawing_show(drawing, entrance->from, 1);
    for (uint32_t i = components->starts[component]; i < components->starts[component + 1]; i++) {
        if (room == 0 && drawing->places[components->nodes[i]] == DRAWING_HIDDEN) {
            drawing->shown[place].left_out++;
            continue;
        }
        room -= room > 0;
        drawing_show_start(drawing, components->nodes[i], 1);
    }
}

void drawing_cycles_show(struct drawing *drawing, struct object_graph *objects)
{
    const struct graph *graph = drawing->input->graph;
    struct components components;
    bool *reached = arena_array(drawing->scratch, graph->node_count, sizeof *reached);
    for (uint32_t node = 0; node < graph->node_count; node++)
        reached[node] = drawing->input->tree->parents[node] != DOMINATOR_NONE;
    components_find(&components, drawing->scratch, graph, reached);
    struct entrance *entrances = find_entrances(drawing, &components);
    struct drawing_best best = drawing_best(drawing);
    for (uint32_t component = 0; component < components.count; component++) {
        if (entrances[component].count != 1 || !components_is_cycle(&components, graph, component))
            continue;
        objects->matches++;
        drawing_add_best(&best, head_of(drawing, &components, component));
    }
    for (uint64_t i = 0; i < best.count; i++)
        show_cycle(drawing, &components, best.nodes[i],
                   &entrances[components.of_node[best.nodes[i]]]);
}
