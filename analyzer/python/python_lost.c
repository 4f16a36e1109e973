/* SPDX-License-Identifier: MIT */
#include "analyzer/python/python_lost.h"

struct search {
    struct arena *arena;
    const struct python_graph *both;
    bool *is_held;
    bool *is_registered; /* by object */
    uint32_t *waiting;
    uint32_t count;
    struct graph_edge *edges;
    size_t edge_count, edge_capacity;
};

static void hold(struct search *search, uint32_t node)
{
    if (search->is_held[node])
        return;
    search->is_held[node] = true;
    search->waiting[search->count++] = node;
}

static void follow(struct search *search)
{
    python_graph_reach(search->both, search->is_held, NULL, search->waiting, search->count);
    search->count = 0;
}

/* --- what is held for certain --- */

/* Classes and modules are what a program consists of, and refer to themselves in many ways. */
static bool is_permanent(const struct python_graph *both, uint32_t object)
{
    const uint16_t kept =
        RECORDING_PYTHON_FROZEN | RECORDING_PYTHON_IMMORTAL | RECORDING_PYTHON_TYPE;
    return both->heap->flags[object] & kept;
}

static void hold_known(struct search *search)
{
    const struct python_graph *both = search->both;
    const struct graph *graph = both->graph;
    for (uint32_t i = 0; i < graph->root_count; i++)
        if (!python_graph_is_list_head(both, i))
            hold(search, graph->roots[i]);
    for (uint32_t node = 0; node < both->node_count; node++)
        if (node >= graph->node_count || graph->flags[node] & (GRAPH_IS_ROOT | GRAPH_FREED))
            hold(search, node);
    for (uint32_t object = 0; object < both->heap->object_count; object++)
        if (is_permanent(both, object))
            hold(search, both->node_of[object]);
    for (uint32_t i = 0; i < both->heap->local_count; i++)
        hold(search, both->node_of[both->heap->locals[i].object]);
    follow(search);
}

/* --- what counts references that are elsewhere --- */

static void keep_edge(const struct graph_edge *edge, void *context)
{
    struct search *search = context;
    if (search->is_held[edge->from])
        return;
    search->edges = arena_grow(search->arena, search->edges, search->edge_count,
                               &search->edge_capacity, sizeof *search->edges);
    search->edges[search->edge_count++] = *edge;
}

/* Objects of the collector list their references exactly; for all others pointers are counted. */
static bool is_counted_pointer(const struct python_graph *both, const struct graph_edge *edge)
{
    uint32_t from = both->object_of[edge->from], to = both->object_of[edge->to];
    if (to == PYTHON_GRAPH_NONE ||
        both->graph->addresses[edge->to] + edge->target_offset != both->heap->addresses[to])
        return false;
    if (from == PYTHON_GRAPH_NONE)
        return !(both->graph->flags[edge->from] & GRAPH_OF_PYTHON);
    return !(both->heap->flags[from] & (RECORDING_PYTHON_COLLECTED | RECORDING_PYTHON_WEAK)) &&
           !python_graph_is_data(both, edge->from);
}

static void count_references(const struct search *search, uint64_t *found)
{
    const struct python_graph *both = search->both;
    const struct python_heap *heap = both->heap;
    for (size_t i = 0; i < search->edge_count; i++)
        if (!search->is_held[search->edges[i].from] && is_counted_pointer(both, &search->edges[i]))
            found[both->object_of[search->edges[i].to]]++;
    for (uint32_t object = 0; object < heap->object_count; object++)
        if (!search->is_held[both->node_of[object]] &&
            heap->flags[object] & RECORDING_PYTHON_COLLECTED)
            for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1];
                 edge++)
                found[heap->targets[edge]]++;
}

/* With more pointers than references, some are borrowed, and may hide a holder that was not found.
 */
static bool is_unexplained(const struct search *search, uint32_t object, uint64_t found)
{
    uint64_t references = search->both->heap->references[object];
    return found < references || (found > references && search->is_registered[object]);
}

/* Repeats until nothing more is held: each new holder's references leave others unexplained. */
static void hold_unexplained(struct search *search)
{
    const struct python_heap *heap = search->both->heap;
    do {
        struct arena *scratch = arena_child(search->arena);
        uint64_t *found = arena_array(scratch, heap->object_count, sizeof *found);
        count_references(search, found);
        for (uint32_t object = 0; object < heap->object_count; object++)
            if (!search->is_held[search->both->node_of[object]] &&
                is_unexplained(search, object, found[object]))
                hold(search, search->both->node_of[object]);
        arena_free(scratch);
        if (!search->count)
            return;
        follow(search);
    } while (true);
}

bool python_lost_find(struct python_lost *lost, struct arena *arena,
                      const struct python_graph *both, const struct python_registry *registry,
                      struct error *error)
{
    struct search search = {
        .arena = arena,
        .both = both,
        .is_held = arena_array(arena, both->node_count, sizeof *search.is_held),
        .is_registered = arena_array(arena, both->heap->object_count, sizeof *search.is_registered),
        .waiting = arena_array(arena, both->node_count, sizeof *search.waiting),
    };
    for (size_t i = 0; i < registry->count; i++)
        search.is_registered[registry->all[i].instance] = true;
    hold_known(&search);
    if (!graph_read_edges(both->graph, arena, keep_edge, &search, error))
        return false;
    hold_unexplained(&search);
    *lost = (struct python_lost){search.is_held, search.edges, search.edge_count};
    return true;
}
