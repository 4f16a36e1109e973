/* SPDX-License-Identifier: MIT */
#include "analyzer/python/python_registry.h"

#include <string.h>

enum {
    NODE_BYTES = 24,
    KEY = 8,
    INSTANCE = 16
}; /* libstdc++'s node does not cache the hash of a pointer */
enum { OBJECT_TYPE = 8, OBJECT_VALUE = 16 }; /* in pybind11's struct instance */

struct note {
    struct python_registration registration;
    bool is_of_pybind11, has_value;
    uint32_t next; /* note of the same instance, from 1; 0 none */
};

struct finder {
    struct arena *arena;
    const struct python_graph *both;
    const bool *is_metaclass; /* by type of the heap */
    struct python_registration
        key; /* of the node being read; its `node` is set only once a key was seen */
    struct note *notes;
    size_t count, capacity;
    uint32_t *last_note; /* by object, from 1; 0 none */
};

/* Every class of pybind11 has its metaclass, whether made in Python or C++. */
static bool find_metaclass(struct finder *finder, const struct python_heap *heap)
{
    bool *is_metaclass =
        arena_array(finder->arena, (size_t)heap->type_count + 1, sizeof *is_metaclass);
    bool is_any = false;
    for (uint32_t type = 1; type <= heap->type_count; type++) {
        const char *name = heap->type_names[type], *dot = name ? strrchr(name, '.') : NULL;
        is_metaclass[type] = name && strcmp(dot ? dot + 1 : name, "pybind11_type") == 0;
        is_any |= is_metaclass[type];
    }
    finder->is_metaclass = is_metaclass;
    return is_any;
}

static bool is_start_of_object(const struct python_graph *both, const struct graph_edge *edge)
{
    uint32_t object = both->object_of[edge->to];
    return object != PYTHON_GRAPH_NONE &&
           both->graph->addresses[edge->to] + edge->target_offset == both->heap->addresses[object];
}

/* --- notes by their shape --- */

static void add_note(struct finder *finder, uint32_t instance)
{
    finder->notes = arena_grow(finder->arena, finder->notes, finder->count, &finder->capacity,
                               sizeof *finder->notes);
    struct note *note = &finder->notes[finder->count++];
    *note = (struct note){.registration = finder->key, .next = finder->last_note[instance]};
    note->registration.instance = instance;
    finder->last_note[instance] = (uint32_t)finder->count;
}

static void read_node(const struct graph_edge *edge, void *context)
{
    struct finder *finder = context;
    const struct python_graph *both = finder->both;
    if (both->graph->sizes[edge->from] != NODE_BYTES ||
        both->graph->flags[edge->from] & GRAPH_OF_PYTHON)
        return;
    if (edge->offset == KEY && both->object_of[edge->to] == PYTHON_GRAPH_NONE)
        finder->key = (struct python_registration){
            .node = edge->from, .value = edge->to, .value_offset = edge->target_offset};
    else if (edge->offset == INSTANCE && finder->key.node == edge->from &&
             is_start_of_object(both, edge))
        add_note(finder, both->object_of[edge->to]);
}

/* --- what the objects say --- */

static void read_object(const struct graph_edge *edge, void *context)
{
    struct finder *finder = context;
    const struct python_graph *both = finder->both;
    uint32_t object = both->object_of[edge->from], to = both->object_of[edge->to];
    if (object == PYTHON_GRAPH_NONE)
        return;
    uint64_t place =
        both->graph->addresses[edge->from] + edge->offset - both->heap->addresses[object];
    for (uint32_t i = finder->last_note[object]; i; i = finder->notes[i - 1].next) {
        struct note *note = &finder->notes[i - 1];
        note->is_of_pybind11 |= place == OBJECT_TYPE && to != PYTHON_GRAPH_NONE &&
                                finder->is_metaclass[both->heap->types[to]];
        note->has_value |= place == OBJECT_VALUE && edge->to == note->registration.value;
    }
}

static bool has_equal(const struct finder *finder, const struct note *note)
{
    for (uint32_t i = finder->last_note[note->registration.instance]; i;
         i = finder->notes[i - 1].next) {
        const struct note *other = &finder->notes[i - 1];
        if (other != note && other->registration.value == note->registration.value &&
            other->registration.value_offset == note->registration.value_offset)
            return true;
    }
    return false;
}

bool python_registry_find(struct python_registry *registry, struct arena *arena,
                          const struct python_graph *both, struct error *error)
{
    struct arena *scratch = arena_child(arena);
    struct finder finder = {.arena = scratch, .both = both, .key.node = PYTHON_GRAPH_NONE};
    bool done = true;
    *registry = (struct python_registry){0};
    if (find_metaclass(&finder, both->heap)) {
        finder.last_note = arena_array(scratch, both->heap->object_count, sizeof *finder.last_note);
        done =
            graph_read_edges(both->graph, scratch, read_node, &finder, error) &&
            (!finder.count || graph_read_edges(both->graph, scratch, read_object, &finder, error));
    }
    if (done && finder.count)
        registry->all = arena_array(arena, finder.count, sizeof *registry->all);
    for (size_t i = 0; done && i < finder.count; i++) {
        const struct note *note = &finder.notes[i];
        if (note->is_of_pybind11 && note->has_value && !has_equal(&finder, note))
            registry->all[registry->count++] = note->registration;
    }
    arena_free(scratch);
    return done;
}
