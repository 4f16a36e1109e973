/* SPDX-License-Identifier: MIT */
#include "analyzer/python/python_garbage.h"

#include <string.h>

static bool is_tracked(const struct python_heap *heap, uint32_t object)
{
    return heap->flags[object] & RECORDING_PYTHON_TRACKED;
}

/* What is left of a count is held from outside. Finding more references than counted takes a broken
 * extension. */
static int64_t *outside_references(struct arena *arena, const struct python_heap *heap)
{
    int64_t *left = arena_array(arena, heap->object_count, sizeof *left);
    for (uint32_t object = 0; object < heap->object_count; object++)
        left[object] = heap->flags[object] & RECORDING_PYTHON_IMMORTAL
                           ? INT64_MAX
                           : (int64_t)heap->references[object];
    for (uint32_t object = 0; object < heap->object_count; object++)
        if (is_tracked(heap, object))
            for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1];
                 edge++)
                left[heap->targets[edge]]--;
    return left;
}

bool *python_garbage_find(struct arena *arena, const struct python_heap *heap)
{
    struct arena *scratch = arena_child(arena);
    int64_t *left = outside_references(scratch, heap);
    uint32_t *waiting = arena_array(scratch, heap->object_count, sizeof *waiting), count = 0;
    bool *garbage = arena_array(arena, heap->object_count, sizeof *garbage);
    for (uint32_t object = 0; object < heap->object_count; object++) {
        garbage[object] = is_tracked(heap, object) && left[object] <= 0;
        if (is_tracked(heap, object) && !garbage[object])
            waiting[count++] = object;
    }
    while (count) {
        uint32_t object = waiting[--count];
        for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1];
             edge++) {
            uint32_t target = heap->targets[edge];
            if (garbage[target]) {
                garbage[target] = false;
                waiting[count++] = target;
            }
        }
    }
    arena_free(scratch);
    return garbage;
}

/* --- what closing generators does --- */

struct closing {
    const struct python_heap *heap;
    uint64_t *left;    /* references, by object */
    bool *counted;     /* garbage that is left */
    bool *is_bare;     /* its local variables were dropped, */
    bool *is_released; /* and all of its references */
    uint32_t *waiting;
    uint32_t count;
};

static bool is_generator(const struct python_heap *heap, uint32_t object)
{
    static const char *const names[] = {"generator", "coroutine", "async_generator"};
    const char *name = heap->type_names[heap->types[object]];
    for (size_t i = 0; name && i < sizeof names / sizeof(*names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_frame(const struct python_heap *heap, uint32_t object)
{
    const char *name = heap->type_names[heap->types[object]];
    return name && strcmp(name, "frame") == 0;
}

/* Only a frame that can be resumed still has its local variables; up to 3.10 it is an object of its
 * own. */
static bool is_suspended(const struct python_heap *heap, uint32_t object)
{
    if (!is_generator(heap, object) || heap->flags[object] & RECORDING_PYTHON_KEPT)
        return false;
    for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1]; edge++)
        if (heap->labels[edge] == RECORDING_PYTHON_LOCAL || is_frame(heap, heap->targets[edge]))
            return true;
    return false;
}

static void release(struct closing *closing, uint32_t object, bool only_variables)
{
    const struct python_heap *heap = closing->heap;
    bool is_bare = closing->is_bare[object];
    if (closing->is_released[object] || (is_bare && only_variables))
        return;
    closing->is_bare[object] = true;
    closing->is_released[object] = !only_variables;
    for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1]; edge++) {
        uint32_t target = heap->targets[edge];
        bool is_variable = heap->labels[edge] == RECORDING_PYTHON_LOCAL;
        if (is_variable ? is_bare : only_variables)
            continue;
        if (closing->left[target] && --closing->left[target] == 0 && closing->counted[target]) {
            closing->counted[target] = false;
            closing->waiting[closing->count++] = target;
        }
    }
}

bool *python_garbage_counted(struct arena *arena, const struct python_heap *heap,
                             const bool *garbage)
{
    struct arena *scratch = arena_child(arena);
    struct closing closing = {
        .heap = heap,
        .left = arena_array(scratch, heap->object_count, sizeof *closing.left),
        .counted = arena_array(arena, heap->object_count, sizeof *closing.counted),
        .is_bare = arena_array(scratch, heap->object_count, sizeof *closing.is_bare),
        .is_released = arena_array(scratch, heap->object_count, sizeof *closing.is_released),
        .waiting = arena_array(scratch, heap->object_count, sizeof *closing.waiting),
    };
    for (uint32_t object = 0; object < heap->object_count; object++) {
        closing.left[object] = heap->references[object];
        closing.counted[object] = garbage[object];
    }
    for (uint32_t object = 0; object < heap->object_count; object++) {
        if (closing.counted[object] && is_suspended(heap, object))
            release(&closing, object, heap->flags[object] & RECORDING_PYTHON_KEEPS_FUNCTION);
        while (closing.count)
            release(&closing, closing.waiting[--closing.count], false);
    }
    arena_free(scratch);
    return closing.counted;
}
