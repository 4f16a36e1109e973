/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/python_merge.h"

#include "analyzer/graph/python_graph.h"
#include "analyzer/graph/python_heap.h"

#define REFERENCE ((uint64_t)1 << 62) /* | index of the edge in the heap */

/* --- edges --- */

struct merger {
    const struct python_graph *both;
    struct graph_edge *edges;
    uint32_t edge_count;
    uint32_t next; /* the next node whose references must be added */
    bool *is_told; /* by object: some exact reference leads to it */
};

/*
 * Some owners do not report what can be in no cycle: a class does not report the dict of its
 * subclasses. So a pointer to an object that nobody reported stays, unless it is one of the
 * collector's links before an object, or weak.
 */
static bool is_untold_owner(const struct merger *merger, const struct graph_edge *edge)
{
    const struct python_graph *both = merger->both;
    uint32_t from = both->object_of[edge->from], to = both->object_of[edge->to];
    if (from == PYTHON_GRAPH_NONE || to == PYTHON_GRAPH_NONE || merger->is_told[to] ||
        python_graph_is_data(both, edge->from) || both->heap->flags[from] & RECORDING_PYTHON_WEAK)
        return false;
    const uint64_t *blocks = both->graph->addresses, *objects = both->heap->addresses;
    return blocks[edge->from] + edge->offset >= objects[from] &&
           blocks[edge->to] + edge->target_offset == objects[to];
}

/* Adds those of objects up to this node; static objects have no block and are left out. */
static void add_references(struct merger *merger, uint32_t end)
{
    const struct python_heap *heap = merger->both->heap;
    for (; merger->next < end; merger->next++) {
        uint32_t object = merger->both->object_of[merger->next];
        if (object == PYTHON_GRAPH_NONE)
            continue;
        for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1];
             edge++) {
            uint32_t to = merger->both->node_of[heap->targets[edge]];
            if (to < merger->both->graph->node_count)
                merger->edges[merger->edge_count++] =
                    (struct graph_edge){merger->next, to, REFERENCE | edge, 0, false};
        }
    }
}

/* Its owner already reported it, by name: a tuple's item, a dict's key in the dict's own block of
 * keys. */
static bool is_told_better(const struct merger *merger, const struct graph_edge *edge)
{
    const struct python_graph *both = merger->both;
    uint32_t from = both->object_of[edge->from], to = both->object_of[edge->to];
    if (to == PYTHON_GRAPH_NONE || !merger->is_told[to])
        return false;
    return from != PYTHON_GRAPH_NONE ? both->heap->flags[from] & RECORDING_PYTHON_COLLECTED
                                     : both->graph->flags[edge->from] & GRAPH_OF_PYTHON;
}

static void add_pointer(const struct graph_edge *edge, void *context)
{
    struct merger *merger = context;
    add_references(merger, edge->from);
    if (is_told_better(merger, edge))
        return;
    if (python_graph_follows(merger->both, edge->from, edge->to) || is_untold_owner(merger, edge))
        merger->edges[merger->edge_count++] = *edge;
}

static void replace_edges(struct graph *graph, struct arena *arena, const struct merger *merger)
{
    graph->targets = arena_array(arena, merger->edge_count, sizeof *graph->targets);
    graph->edge_count = merger->edge_count;
    graph->held_edges = merger->edges;
    uint32_t node = 0;
    for (uint32_t i = 0; i < merger->edge_count; i++) {
        while (node <= merger->edges[i].from)
            graph->edge_starts[node++] = i;
        graph->targets[i] = merger->edges[i].to;
    }
    while (node <= graph->node_count)
        graph->edge_starts[node++] = merger->edge_count;
}

/* Objects in the interpreter's own data are no nodes: what they hold is held by a root. */
static void mark_held_by_static(struct graph *graph, const struct python_graph *both)
{
    const struct python_heap *heap = both->heap;
    for (uint32_t node = graph->node_count; node < both->node_count; node++) {
        uint32_t object = both->object_of[node];
        for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1];
             edge++)
            if (both->node_of[heap->targets[edge]] < graph->node_count)
                graph->flags[both->node_of[heap->targets[edge]]] |= GRAPH_IS_ROOT;
    }
}

/* --- names --- */

/* They come after the types of blocks. A class name that C++ happens to know too must not be looked
 * up there. */
static void add_types(struct graph *graph, struct arena *names, const struct python_graph *both)
{
    const struct python_heap *heap = both->heap;
    size_t count = (size_t)graph->type_count + heap->type_count + 1;
    const char **types = arena_array(names, count, sizeof(*types));
    const char **classes = arena_array(names, count, sizeof(*classes));
    for (uint32_t type = 0; type <= graph->type_count; type++) {
        types[type] = graph->type_names[type];
        classes[type] = graph->class_names[type];
    }
    for (uint32_t type = 1; type <= heap->type_count; type++)
        types[graph->type_count + type] = heap->type_names[type];
    for (uint32_t node = 0; node < graph->node_count; node++)
        if (both->object_of[node] != PYTHON_GRAPH_NONE)
            graph->types[node] = graph->type_count + heap->types[both->object_of[node]];
    graph->type_names = types;
    graph->class_names = classes;
    graph->type_count += heap->type_count;
}

static void note_flags(struct graph *graph, struct arena *arena, const struct python_graph *both)
{
    uint16_t *flags = arena_array(arena, graph->node_count, sizeof *flags);
    for (uint32_t node = 0; node < graph->node_count; node++)
        if (both->object_of[node] != PYTHON_GRAPH_NONE)
            flags[node] = both->heap->flags[both->object_of[node]];
    graph->python_flags = flags;
}

static void drop_list_heads(struct graph *graph, const struct python_graph *both)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < graph->root_count; i++)
        if (!python_graph_is_list_head(both, i)) {
            graph->roots[kept] = graph->roots[i];
            graph->root_offsets[kept++] = graph->root_offsets[i];
        }
    graph->root_count = kept;
}

static void note_object_offsets(struct graph *graph, struct arena *arena,
                                const struct python_graph *both)
{
    uint8_t *offsets = arena_array(arena, graph->node_count, sizeof *offsets);
    for (uint32_t node = 0; node < graph->node_count; node++)
        if (both->object_of[node] != PYTHON_GRAPH_NONE)
            offsets[node] =
                (uint8_t)(both->heap->addresses[both->object_of[node]] - graph->addresses[node]);
    graph->object_offsets = offsets;
}

/* If several functions hold an object, the innermost wins. */
static void note_locals(struct graph *graph, struct arena *arena, const struct python_graph *both)
{
    const struct python_heap *heap = both->heap;
    uint32_t *locals = arena_array(arena, graph->node_count, sizeof *locals);
    for (uint32_t i = 0; i < heap->local_count; i++) {
        uint32_t node = both->node_of[heap->locals[i].object];
        if (node < graph->node_count && !locals[node])
            locals[node] = i + 1;
    }
    graph->python_locals = locals;
}

/* What Python freed at its end was still there when the snapshot was taken. */
static void forget_later_frees(struct graph *graph)
{
    for (uint32_t node = 0; node < graph->node_count; node++)
        graph->flags[node] &= (uint8_t)~GRAPH_FREED;
}

/* Copies the arrays that merging writes to; `targets` is replaced anyway. */
static void own_arrays(struct graph *graph, struct arena *arena)
{
    graph->types = arena_duplicate(arena, graph->types, graph->node_count, sizeof *graph->types);
    graph->flags = arena_duplicate(arena, graph->flags, graph->node_count, sizeof *graph->flags);
    graph->roots = arena_duplicate(arena, graph->roots, graph->root_count, sizeof *graph->roots);
    graph->root_offsets =
        arena_duplicate(arena, graph->root_offsets, graph->root_count, sizeof *graph->root_offsets);
    graph->edge_starts =
        arena_array(arena, (size_t)graph->node_count + 1, sizeof *graph->edge_starts);
}

static bool merge_edges(struct graph *graph, struct arena *arena, const struct python_graph *both,
                        struct error *error)
{
    const struct python_heap *heap = both->heap;
    struct merger merger = {.both = both};
    merger.is_told = arena_array(arena, heap->object_count, sizeof *merger.is_told);
    for (uint32_t edge = 0; edge < heap->edge_count; edge++)
        merger.is_told[heap->targets[edge]] = true;
    merger.edges =
        arena_array(arena, (size_t)graph->edge_count + heap->edge_count, sizeof *merger.edges);
    if (!graph_read_edges(both->graph, arena, add_pointer, &merger, error))
        return false;
    add_references(&merger, graph->node_count);
    replace_edges(graph, arena, &merger);
    return true;
}

bool python_merge(struct graph *merged, struct arena *arena, struct arena *names,
                  struct snapshot_images *images, const struct recording_snapshot_entry *snapshot,
                  struct error *error)
{
    const struct graph *graph = snapshot_image_graph(images, snapshot, error);
    if (!graph)
        return false;
    *merged = *graph;
    if (!recording_python_heap(graph->recording, snapshot->number))
        return true;
    const struct python_graph *both = snapshot_image_python(images, snapshot, error);
    if (!both)
        return false;
    own_arrays(merged, arena);
    if (!merge_edges(merged, arena, both, error))
        return false;
    mark_held_by_static(merged, both);
    add_types(merged, names, both);
    note_locals(merged, arena, both);
    note_flags(merged, arena, both);
    note_object_offsets(merged, arena, both);
    drop_list_heads(merged, both);
    if (snapshot->snapshot.reason == RECORDING_AT_PYTHON_END)
        forget_later_frees(merged);
    merged->python = both->heap;
    return true;
}

const char *python_merge_label(const struct graph *graph, struct arena *arena, uint64_t offset)
{
    if (!graph->python || !(offset & REFERENCE))
        return NULL;
    const char *label = python_heap_label(graph->python, arena, (uint32_t)(offset & ~REFERENCE));
    return label ? label : "reference";
}

uint64_t python_merge_offset(uint64_t offset)
{
    return offset & REFERENCE ? 0 : offset;
}

bool python_merge_is_type(const struct graph *graph, uint32_t type)
{
    return graph->python && type > graph->type_count - graph->python->type_count;
}

bool python_merge_is_object(const struct graph *graph, uint32_t node)
{
    return python_merge_is_type(graph, graph->types[node]);
}

const char *python_merge_local(const struct graph *graph, struct arena *arena, uint32_t node)
{
    uint32_t local = graph->python ? graph->python_locals[node] : 0;
    if (!local)
        return NULL;
    const char *variable = graph->python->texts[graph->python->locals[local - 1].variable];
    const char *function = graph->python->texts[graph->python->locals[local - 1].function];
    return arena_printf(arena, "local variable %s in %s", variable ? variable : "(no name)",
                        function ? function : "a function");
}

uint64_t python_merge_last_look(const struct recording *recording)
{
    const struct recording_snapshot_entry *before = NULL, *last = NULL;
    for (size_t i = 0; i < recording->snapshot_count; i++)
        if (recording->snapshots[i].snapshot.state == RECORDING_SNAPSHOT_COMPLETE) {
            before = last;
            last = &recording->snapshots[i];
        }
    bool is_over = last && before && last->snapshot.reason == RECORDING_AT_EXIT &&
                   before->snapshot.reason == RECORDING_AT_PYTHON_END;
    return is_over ? before->number : 0;
}
