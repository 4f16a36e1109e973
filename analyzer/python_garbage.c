/* SPDX-License-Identifier: MIT */
#include "analyzer/python_garbage.h"

static bool is_tracked(const struct python_heap *heap, uint32_t object)
{
    return heap->flags[object] & RECORDING_PYTHON_TRACKED;
}

/* What is left is held from outside. More references found than counted: never, but by a broken extension. */
static int64_t *outside_references(struct arena *arena, const struct python_heap *heap)
{
    int64_t *left = arena_array(arena, heap->object_count, sizeof *left);
    for (uint32_t object = 0; object < heap->object_count; object++)
        left[object] = heap->flags[object] & RECORDING_PYTHON_IMMORTAL ? INT64_MAX
                                                                       : (int64_t)heap->references[object];
    for (uint32_t object = 0; object < heap->object_count; object++)
        if (is_tracked(heap, object))
            for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1]; edge++)
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
        for (uint32_t edge = heap->edge_starts[object]; edge < heap->edge_starts[object + 1]; edge++) {
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
