/* SPDX-License-Identifier: MIT */
#include "analyzer/advice/python_growth.h"

#include <string.h>

/* --- does it grow --- */

static const char *type_of(const struct python_heap *heap, uint32_t object)
{
    const char *name = heap->type_names[heap->types[object]];
    return name ? name : "";
}

static bool is_container(const char *type)
{
    static const char *const containers[] = {"list", "dict", "set", "collections.deque"};
    for (size_t i = 0; i < sizeof containers / sizeof *containers; i++)
        if (strcmp(type, containers[i]) == 0)
            return true;
    return false;
}

static uint64_t snapshot_ns(const struct python_graph *both)
{
    return both->graph->snapshot->snapshot.time_ns;
}

/* 0: unknown. */
static uint64_t birth_ns(const struct python_graph *both, uint32_t object)
{
    uint32_t node = both->node_of[object];
    uint64_t born_ns = node < both->graph->node_count ? graph_birth(both->graph, node) : 0;
    return born_ns <= snapshot_ns(both) ? born_ns : 0;
}

/* Few items may be all that a short program collects. */
static bool is_worth_a_look(uint64_t items, uint64_t life_ns)
{
    enum { MANY_ITEMS = 10000, LEAST_ITEMS = 1000 };
    const uint64_t long_life_ns = 2000000000u;
    return items >= MANY_ITEMS || (items >= LEAST_ITEMS && life_ns >= long_life_ns);
}

/*
 * Half of its life's parts is enough, if one of the last is among them and one of the first:
 * programs wait for others, and a busy machine stalls them. A container that drops old items, like
 * a bounded cache, has none from the first parts.
 */
bool python_growth_is_steady(const struct python_graph *both, uint32_t object)
{
    enum { PARTS = 8, FIRST_PARTS = 3, LAST_PARTS = 2, LEAST_SHARE = 50 };
    const struct python_heap *heap = both->heap;
    uint32_t first = heap->edge_starts[object], end = heap->edge_starts[object + 1];
    uint64_t begun_ns = birth_ns(both, object), parts[PARTS] = {0};
    uint64_t span_ns = snapshot_ns(both) - begun_ns + 1;
    if (!begun_ns || !is_worth_a_look(end - first, span_ns) || !is_container(type_of(heap, object)))
        return false;
    for (uint32_t edge = first; edge < end; edge++) {
        uint64_t born_ns = birth_ns(both, heap->targets[edge]);
        if (born_ns >= begun_ns)
            parts[(born_ns - begun_ns) * PARTS / span_ns]++;
    }
    int grown = 0, grown_first = 0, grown_last = 0;
    for (int part = 0; part < PARTS; part++) {
        bool is_grown = parts[part] >= (end - first) / LEAST_SHARE;
        grown += is_grown;
        grown_first += is_grown && part < FIRST_PARTS;
        grown_last += is_grown && part >= PARTS - LAST_PARTS;
    }
    return grown >= PARTS / 2 && grown_first > 0 && grown_last > 0;
}

/* --- whose it is --- */

/* The next reference to the object, from the given one on; false: there is no more. */
struct reference {
    uint32_t from, edge;
};

static bool next_reference(const struct python_heap *heap, uint32_t object,
                           struct reference *reference)
{
    for (; reference->edge < heap->edge_count; reference->edge++) {
        while (heap->edge_starts[reference->from + 1] <= reference->edge)
            reference->from++;
        if (heap->targets[reference->edge] == object)
            return true;
    }
    return false;
}

/* "Brain" of "my_robot.brain.Brain" */
static const char *class_of(const struct python_heap *heap, uint32_t object)
{
    const char *name = type_of(heap, object), *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static const char *text_of(const struct python_heap *heap, uint32_t edge)
{
    return heap->texts[heap->label_values[edge]];
}

/* A module's variable, or an attribute of an object that keeps a dict. */
static const char *name_in_dict(struct arena *arena, const struct python_heap *heap, uint32_t dict,
                                const char *key)
{
    for (struct reference at = {0}; next_reference(heap, dict, &at); at.edge++) {
        if (heap->labels[at.edge] != RECORDING_PYTHON_SLOT)
            continue;
        if (strcmp(type_of(heap, at.from), "module") == 0)
            return arena_printf(arena, "the global %s", key);
        if (text_of(heap, at.edge) && strcmp(text_of(heap, at.edge), "__dict__") == 0)
            return arena_printf(arena, "%s.%s", class_of(heap, at.from), key);
    }
    return NULL;
}

static const char *name_of_local(struct arena *arena, const struct python_heap *heap,
                                 uint32_t object)
{
    for (uint32_t i = 0; i < heap->local_count; i++) {
        const struct python_heap_local *local = &heap->locals[i];
        const char *name = heap->texts[local->variable], *function = heap->texts[local->function];
        if (local->object == object && name && function)
            return arena_printf(arena, "%s in %s", name, function);
    }
    return NULL;
}

const char *python_growth_name(struct arena *arena, const struct python_heap *heap, uint32_t object)
{
    for (struct reference at = {0}; next_reference(heap, object, &at); at.edge++) {
        enum recording_python_label label = heap->labels[at.edge];
        bool is_named = label == RECORDING_PYTHON_ATTRIBUTE || label == RECORDING_PYTHON_SLOT ||
                        label == RECORDING_PYTHON_VALUE;
        const char *key = is_named ? text_of(heap, at.edge) : NULL, *name = NULL;
        if (!key)
            continue;
        name = label == RECORDING_PYTHON_VALUE
                   ? name_in_dict(arena, heap, at.from, key)
                   : arena_printf(arena, "%s.%s", class_of(heap, at.from), key);
        if (name)
            return name;
    }
    return name_of_local(arena, heap, object);
}
