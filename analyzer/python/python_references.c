/* SPDX-License-Identifier: MIT */
#include "analyzer/python/python_references.h"

#include <stddef.h>

struct counter {
    const struct python_graph *both;
    uint32_t *found;
};

/* A weak reference's fields: its referent, and its neighbours in that object's list of weak
 * references. */
static bool is_weak(const struct python_graph *both, const struct graph_edge *edge)
{
    enum { REFERENT = 16, PREVIOUS = 40, NEXT = 48 };
    uint32_t holder = both->object_of[edge->from];
    if (holder == PYTHON_GRAPH_NONE || !(both->heap->flags[holder] & RECORDING_PYTHON_WEAK))
        return false;
    uint64_t offset =
        both->graph->addresses[edge->from] + edge->offset - both->heap->addresses[holder];
    return offset == REFERENT || offset == PREVIOUS || offset == NEXT;
}

/*
 * A pointer to a string's characters counts too: whoever keeps one has taken a reference for it, as
 * numpy does for its documentation. Only the collector keeps pointers into what it manages.
 */
static void count_pointer(struct counter *counter, uint32_t node, uint64_t offset)
{
    /* where the characters of bytes and str begin, over all versions */
    static const uint64_t contents[] = {32, 40, 48, 56, 72};
    const struct python_graph *both = counter->both;
    uint32_t object = both->object_of[node];
    if (object == PYTHON_GRAPH_NONE)
        return;
    uint64_t place = both->graph->addresses[node] + offset - both->heap->addresses[object];
    bool is_content = false;
    for (size_t i = 0; i < sizeof contents / sizeof *contents; i++)
        is_content |= place == contents[i];
    is_content = is_content && !(both->heap->flags[object] & RECORDING_PYTHON_COLLECTED);
    counter->found[object] += place == 0 || is_content;
}

static void count_edge(const struct graph_edge *edge, void *context)
{
    struct counter *counter = context;
    if (!is_weak(counter->both, edge) && !python_graph_is_data(counter->both, edge->from))
        count_pointer(counter, edge->to, edge->target_offset);
}

/* The graph leaves out pointers into their own block, such as those after the collector's head. */
static uint32_t references_to_itself(const struct python_heap *heap, uint32_t object)
{
    uint32_t count = 0;
    for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1]; edge++)
        count += heap->targets[edge] == object;
    return count;
}

/* Frames of threads that stayed in the parent hold it, perhaps. */
static bool is_of_lost_threads(const struct graph *graph, uint32_t node)
{
    return graph->recording->header.forked_beside_threads && graph->flags[node] & GRAPH_IS_ROOT;
}

bool python_references_find(struct python_references *references, struct arena *arena,
                            const struct python_graph *both, struct error *error)
{
    const struct python_heap *heap = both->heap;
    struct arena *scratch = arena_child(arena);
    *references = (struct python_references){
        .found = arena_array(arena, heap->object_count, sizeof *references->found),
        .surplus = arena_array(arena, heap->object_count, sizeof *references->surplus),
    };
    struct counter counter = {.both = both, .found = references->found};
    bool done = graph_read_edges(both->graph, scratch, count_edge, &counter, error);
    for (uint32_t i = 0; i < both->graph->root_count; i++)
        count_pointer(&counter, both->graph->roots[i], both->graph->root_offsets[i]);
    for (uint32_t object = 0; object < heap->object_count; object++) {
        references->found[object] += references_to_itself(heap, object);
        uint32_t node = both->node_of[object];
        bool is_counted = node < both->graph->node_count &&
                          !(heap->flags[object] & RECORDING_PYTHON_IMMORTAL) &&
                          !is_of_lost_threads(both->graph, node);
        if (is_counted && heap->references[object] > references->found[object])
            references->surplus[object] = heap->references[object] - references->found[object];
    }
    arena_free(scratch);
    return done;
}
