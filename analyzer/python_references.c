/* SPDX-License-Identifier: MIT */
#include "analyzer/python_references.h"

struct counter {
    const struct python_graph *both;
    uint32_t *found;
};

/* A weak reference's fields: what it refers to, and its neighbours in the list of that object. */
static bool is_weak(const struct python_graph *both, const struct graph_edge *edge)
{
    enum { REFERENT = 16, PREVIOUS = 40, NEXT = 48 };
    uint32_t holder = both->object_of[edge->from];
    if (holder == PYTHON_GRAPH_NONE || !(both->heap->flags[holder] & RECORDING_PYTHON_WEAK))
        return false;
    uint64_t offset = both->graph->addresses[edge->from] + edge->offset - both->heap->addresses[holder];
    return offset == REFERENT || offset == PREVIOUS || offset == NEXT;
}

static void count_pointer(struct counter *counter, uint32_t node, uint64_t offset)
{
    uint32_t object = counter->both->object_of[node];
    if (object != PYTHON_GRAPH_NONE &&
        counter->both->graph->addresses[node] + offset == counter->both->heap->addresses[object])
        counter->found[object]++;
}

static void count_edge(const struct graph_edge *edge, void *context)
{
    struct counter *counter = context;
    if (!is_weak(counter->both, edge))
        count_pointer(counter, edge->to, edge->target_offset);
}

bool python_references_find(struct python_references *references, struct arena *arena,
                            const struct python_graph *both, const struct recording *recording,
                            const struct recording_snapshot_entry *snapshot, struct error *error)
{
    const struct python_heap *heap = both->heap;
    struct arena *scratch = arena_child(arena);
    *references = (struct python_references){
        .found = arena_array(arena, heap->object_count, sizeof *references->found),
        .surplus = arena_array(arena, heap->object_count, sizeof *references->surplus),
    };
    struct counter counter = {both, references->found};
    bool done = graph_read_edges(both->graph, scratch, recording, snapshot, count_edge, &counter, error);
    for (uint32_t i = 0; i < both->graph->root_count; i++)
        count_pointer(&counter, both->graph->roots[i], both->graph->root_offsets[i]);
    for (uint32_t object = 0; object < heap->object_count; object++) {
        bool is_counted = both->node_of[object] < both->graph->node_count &&
                          !(heap->flags[object] & RECORDING_PYTHON_IMMORTAL);
        if (is_counted && heap->references[object] > references->found[object])
            references->surplus[object] = heap->references[object] - references->found[object];
    }
    arena_free(scratch);
    return done;
}
