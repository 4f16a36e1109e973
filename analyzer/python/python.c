/* SPDX-License-Identifier: MIT */
#include "analyzer/python/python.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/leaks/cycles.h"
#include "analyzer/python/python_garbage.h"
#include "analyzer/python/python_leaks.h"
#include "analyzer/python/python_mixed.h"
#include "analyzer/python/python_part.h"
#include "analyzer/leaks/weakening.h"
#include "analyzer/sites/python_runtime.h"
#include "analyzer/base/text.h"

/* --- which snapshot --- */

static bool has_objects(const struct recording *recording,
                        const struct recording_snapshot_entry *entry)
{
    return entry->snapshot.state == RECORDING_SNAPSHOT_COMPLETE &&
           recording_python_heap(recording, entry->number);
}

/* Without the collector's lists only some of the objects were found: no ground for a verdict. */
static bool has_all_objects(const struct recording *recording,
                            const struct recording_snapshot_entry *entry)
{
    return !recording_python_heap(recording, entry->number)->unlisted;
}

/* The snapshot `number`; 0: the last one up to the snapshot `upto` (0: any). */
static const struct recording_snapshot_entry *find_snapshot(const struct recording *recording,
                                                            uint64_t number, uint64_t upto)
{
    const struct recording_snapshot_entry *found = NULL;
    for (size_t i = 0; i < recording->snapshot_count; i++) {
        const struct recording_snapshot_entry *entry = &recording->snapshots[i];
        bool is_wanted = number ? entry->number == number : !upto || entry->number <= upto;
        if (is_wanted && has_objects(recording, entry))
            found = entry;
    }
    return found;
}

/* --- types and the collector --- */

static void describe_collector(struct python *python, const struct recording_python_heap *record)
{
    python->gc_enabled = record->is_enabled;
    python->uncollectable_objects = record->uncollectable_objects;
    for (int i = 0; i < 3; i++)
        python->generations[i] = (struct python_generation){
            .threshold = record->generations[i].threshold,
            .count = record->generations[i].count,
            .collections = record->generations[i].collections,
            .collected = record->generations[i].collected,
            .uncollectable = record->generations[i].uncollectable,
        };
}

static int compare_types(const void *left, const void *right)
{
    const struct python_type *one = left, *other = right;
    if (one->objects != other->objects)
        return one->objects > other->objects ? -1 : 1;
    if (one->bytes != other->bytes)
        return one->bytes > other->bytes ? -1 : 1;
    return strcmp(one->name, other->name);
}

static void sum_types(struct python *python, struct arena *arena, const struct python_heap *heap,
                      const bool *garbage)
{
    struct python_type *types = arena_array(arena, (size_t)heap->type_count + 1, sizeof *types);
    size_t used = 0;
    for (uint32_t object = 0; object < heap->object_count; object++) {
        struct python_type *type = &types[heap->types[object] - 1];
        type->objects++;
        type->bytes += heap->sizes[object];
        type->garbage_objects += garbage[object];
        type->garbage_bytes += garbage[object] ? heap->sizes[object] : 0;
        python->bytes += heap->sizes[object];
        python->garbage_objects += garbage[object];
        python->garbage_bytes += garbage[object] ? heap->sizes[object] : 0;
    }
    for (uint32_t type = 0; type < heap->type_count; type++)
        if (types[type].objects) {
            types[used] = types[type];
            types[used++].name =
                heap->type_names[type + 1] ? heap->type_names[type + 1] : "(no name)";
        }
    qsort(types, used, sizeof *types, compare_types);
    python->objects = heap->object_count;
    python->types = types;
    python->type_count = used;
}

/* --- garbage --- */

/* A program cannot make weak what the interpreter keeps for itself. */
static bool is_fixed(const struct python_heap *heap, uint32_t reference)
{
    enum recording_python_label label = heap->labels[reference];
    const char *text =
        label == RECORDING_PYTHON_SLOT ? heap->texts[heap->label_values[reference]] : NULL;
    return label == RECORDING_PYTHON_CLASS || label == RECORDING_PYTHON_UNKNOWN ||
           label == RECORDING_PYTHON_OFFSET ||
           (text && (strncmp(text, "__", 2) == 0 || strcmp(text, "f_back") == 0));
}

/* Then chooses the edge to weaken again, among those that a program makes itself. */
static void label_edges(struct cycle *cycle, struct arena *arena, const struct python_heap *heap)
{
    struct cycle_edge *edges = arena_array(arena, cycle->edge_count, sizeof *edges);
    for (size_t i = 0; i < cycle->edge_count; i++) {
        uint64_t reference = cycle->edges[i].target_offset;
        edges[i] = (struct cycle_edge){.from = cycle->edges[i].from, .to = cycle->edges[i].to};
        edges[i].exact = reference != 0;
        if (reference)
            edges[i].label = python_heap_label(heap, arena, (uint32_t)reference - 1);
        if (reference && is_fixed(heap, (uint32_t)reference - 1))
            edges[i].ownership = "owned";
    }
    cycle->edges = edges;
    weakening_propose(arena, cycle);
}

/* Rings of native memory that garbage holds are not Python's cycles. */
static void keep_python_cycles(struct python *python, struct arena *arena,
                               const struct cycles *cycles, const struct python_heap *heap)
{
    struct cycle *kept = arena_array(arena, cycles->count, sizeof *kept);
    for (size_t i = 0; i < cycles->count; i++) {
        if (python_heap_at(heap, cycles->all[i].members[0].address) == UINT32_MAX)
            continue;
        struct cycle *cycle = &kept[python->cycle_count++];
        *cycle = cycles->all[i];
        label_edges(cycle, arena, heap);
        python->garbage_cycles += cycle->count;
    }
    python->cycles = kept;
}

static bool has_any(const bool *chosen, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (chosen[i])
            return true;
    return false;
}

static bool find_cycles(struct python *python, struct arena *arena, const struct python_graph *both,
                        const bool *garbage, const struct sites *sites, struct error *error)
{
    struct python_part part;
    struct cycles cycles;
    if (!has_any(garbage, both->heap->object_count))
        return true;
    struct arena *scratch = arena_child(arena);
    python_part_build(&part, scratch, both, garbage);
    for (uint32_t node = 0; node < part.graph.node_count; node++)
        python->garbage_retained_bytes += part.graph.sizes[node];
    bool done = cycles_find(&cycles, arena, &part.leaks, sites, NULL, error);
    if (done)
        keep_python_cycles(python, arena, &cycles, both->heap);
    arena_free(scratch);
    return done;
}

/* --- all together --- */

static bool judge(struct python *python, struct arena *arena, struct arena *scratch,
                  const struct evidence *evidence, const struct python_graph *both,
                  struct error *error)
{
    const struct python_heap *heap = both->heap;
    bool *garbage = python_garbage_find(scratch, heap);
    describe_collector(python, &heap->record);
    sum_types(python, arena, heap, python_garbage_counted(scratch, heap, garbage));
    return find_cycles(python, arena, both, garbage, evidence->sites, error) &&
           python_leaks_find(python, arena, both, evidence, error) &&
           python_mixed_find(python, arena, both, garbage, evidence, error);
}

const struct recording_snapshot_entry *python_snapshot(const struct recording *recording,
                                                       uint64_t number)
{
    return find_snapshot(recording, number, 0);
}

/* Codes are counted from 1. */
static bool began(const struct evidence *evidence)
{
    const struct recording *recording = evidence->recording;
    return recording_code(recording, 1) || python_snapshot(recording, 0) ||
           python_runtime_began(evidence->stacks, recording);
}

struct python *python_describe(struct arena *arena, const struct evidence *evidence)
{
    static const char *const why_not[RECORDING_PYTHON_STATES] = {
        [RECORDING_PYTHON_UNKNOWN_VERSION] = "3.8 to 3.15 are known",
        [RECORDING_PYTHON_FREE_THREADED] = "it is built without the global lock",
        [RECORDING_PYTHON_UNLIKELY] = "its frames are not where this version has them",
    };
    const struct recording_header *header = &evidence->recording->header;
    if (header->python == RECORDING_PYTHON_NONE || !began(evidence))
        return NULL;
    struct python *python = arena_alloc(arena, sizeof *python);
    size_t length = 0;
    const char *text = recording_bytes(evidence->recording, header->python_version, &length);
    if (text) /* "3.11.2 (main, ...) [GCC ...]" */
        python->version = text_utf8(arena, text, strcspn(text_utf8(arena, text, length), " "));
    python->why_not = why_not[header->python];
    return python;
}

static const char *why_unchecked(const struct python *python, struct arena *arena,
                                 const struct recording *recording,
                                 const struct recording_snapshot_entry *snapshot)
{
    if (python->why_not)
        return arena_printf(arena, "Python %s is not followed (%s)", python->version,
                            python->why_not);
    if (recording->header.python_unwanted)
        return "it was recorded with --python-objects=off";
    if (!snapshot)
        return "no snapshot has its objects";
    const struct recording_python_heap *record = recording_python_heap(recording, snapshot->number);
    return record->is_collecting ? "the collector was at work when the snapshot was taken"
           : record->unlisted    ? "its collector's lists are not where this version has them"
                                 : NULL;
}

/* Before Python began, a snapshot chosen by its number has no objects. */
bool python_judge(struct python *python, struct arena *arena, const struct evidence *evidence,
                  uint64_t number, struct error *error)
{
    const struct recording *recording = evidence->recording;
    const struct recording_snapshot_entry *snapshot = python_snapshot(recording, number);
    python->unchecked_why = why_unchecked(python, arena, recording, snapshot);
    python->checked = !python->unchecked_why;
    python->is_doubtful = !python->checked && !recording->header.python_unwanted &&
                          (snapshot || !number || python->why_not);
    if (!python->checked)
        return true;
    const struct python_graph *both = snapshot_image_python(evidence->images, snapshot, error);
    if (!both)
        return false;
    struct arena *scratch = arena_child(arena);
    bool done = judge(python, arena, scratch, evidence, both, error);
    arena_free(scratch);
    return done;
}

/* --- for the verdict on leaks --- */

/* All a str owns is Python's own memory: its text in another encoding. */
static void forget_pointers(struct graph *graph, uint32_t node)
{
    for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
        if (!(graph->flags[graph->targets[edge]] & GRAPH_OF_PYTHON))
            graph->targets[edge] = node;
}

/* Both are in address order. A block made after the snapshot may lie where an object was. */
static void mark(struct graph *graph, const struct python_heap *heap, const bool *is_data,
                 uint64_t snapshot_ns)
{
    enum { BEFORE_BYTES = 32 };
    uint32_t node = 0;
    for (uint32_t object = 0; object < heap->object_count; object++) {
        uint64_t address = heap->addresses[object];
        if (!(heap->flags[object] & RECORDING_PYTHON_IN_BLOCK))
            continue;
        while (node < graph->node_count && graph->addresses[node] <= address)
            node++;
        if (!node || address - graph->addresses[node - 1] > BEFORE_BYTES ||
            address - graph->addresses[node - 1] >= graph->sizes[node - 1] ||
            graph_birth(graph, node - 1) > snapshot_ns)
            continue;
        graph->flags[node - 1] |= GRAPH_IS_ROOT;
        if (is_data[heap->types[object]])
            forget_pointers(graph, node - 1);
    }
}

/* Nobody looked at the objects, so nothing says which are garbage: none of them counts as a leak.
 */
static void keep_all(struct graph *graph)
{
    for (uint32_t node = 0; node < graph->node_count; node++)
        if (graph->flags[node] & GRAPH_OF_PYTHON)
            graph->flags[node] |= GRAPH_IS_ROOT;
}

bool python_mark_objects(struct graph *graph, struct arena *arena, struct snapshot_images *images,
                         struct error *error)
{
    const struct recording_snapshot_entry *seen =
        find_snapshot(graph->recording, 0, graph->snapshot->number);
    graph->flags = arena_duplicate(arena, graph->flags, graph->node_count, sizeof *graph->flags);
    if (!seen || !has_all_objects(graph->recording, seen)) {
        keep_all(graph);
        return true;
    }
    const struct python_heap *heap = snapshot_image_heap(images, seen, error);
    if (!heap)
        return false;
    struct arena *scratch = arena_child(arena);
    graph->targets =
        arena_duplicate(arena, graph->targets, graph->edge_count, sizeof *graph->targets);
    mark(graph, heap, python_heap_data_types(heap, scratch), seen->snapshot.time_ns);
    arena_free(scratch);
    return true;
}
