/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/weak_doubts.h"

#include <string.h>

enum { NOBODY = UINT32_MAX };

struct marker {
    const struct graph *graph;
    const struct weak_doubts *doubts; /* its pointers are not followed; NULL: they are */
    const uint64_t *cut_edges, *cut_roots;
    bool *reached;
    uint32_t *waiting, count;
};

void weak_doubts_add(struct weak_doubts *doubts, uint32_t holder, uint32_t control)
{
    doubts->words = arena_grow(doubts->arena, doubts->words, doubts->count, &doubts->capacity,
                               sizeof *doubts->words);
    doubts->words[doubts->count++] = (struct doubtful_word){holder, control};
}

static bool is_set(const uint64_t *bits, size_t place)
{
    return bits[place / 64] >> place % 64 & 1;
}

static void mark(struct marker *marker, uint32_t node)
{
    if (marker->reached[node])
        return;
    marker->reached[node] = true;
    marker->waiting[marker->count++] = node;
}

static void mark_from_waiting(struct marker *marker)
{
    const struct graph *graph = marker->graph;
    while (marker->count) {
        uint32_t node = marker->waiting[--marker->count];
        for (uint32_t edge = graph->edge_starts[node]; edge < graph->edge_starts[node + 1]; edge++)
            if (!is_set(marker->cut_edges, edge) &&
                !(marker->doubts && is_set(marker->doubts->edges, edge)))
                mark(marker, graph->targets[edge]);
    }
}

static void mark_from_roots(struct marker *marker, struct arena *arena)
{
    const struct graph *graph = marker->graph;
    marker->reached = arena_array(arena, graph->node_count, sizeof *marker->reached);
    marker->waiting = arena_array(arena, graph->node_count, sizeof *marker->waiting);
    for (uint32_t i = 0; i < graph->root_count; i++)
        if (!is_set(marker->cut_roots, i) && !(marker->doubts && is_set(marker->doubts->roots, i)))
            mark(marker, graph->roots[i]);
    for (uint32_t node = 0; node < graph->node_count; node++)
        if (graph->flags[node] & GRAPH_IS_ROOT)
            mark(marker, node);
    mark_from_waiting(marker);
}

static bool is_outside(const struct marker *marker, const struct doubtful_word *word)
{
    return word->holder == NOBODY || marker->reached[word->holder];
}

/* Whose owners cannot all be inside of what is not reached is reached; true when there was one. */
static bool release(struct marker *marker, uint32_t *outside, const struct control_blocks *blocks,
                    const struct doubtful_object *objects)
{
    const struct weak_doubts *doubts = marker->doubts;
    bool changed = false;
    memset(outside, 0, blocks->count * sizeof *outside);
    for (size_t i = 0; i < doubts->count; i++)
        outside[doubts->words[i].control] += is_outside(marker, &doubts->words[i]);
    for (uint32_t i = 0; i < blocks->count; i++) {
        const struct control_block *block = &blocks->all[i];
        bool is_enough = objects[i].possible_owners >= (uint64_t)block->owners + outside[i];
        if (!outside[i] || is_enough || marker->reached[block->node])
            continue;
        mark(marker, block->node);
        if (objects[i].object != NOBODY)
            mark(marker, objects[i].object);
        changed = true;
    }
    mark_from_waiting(marker);
    return changed;
}

static uint64_t count(const struct marker *now, const struct marker *maybe, uint8_t *is_counted,
                      const struct control_blocks *blocks)
{
    uint64_t count = 0;
    for (size_t i = 0; i < maybe->doubts->count; i++) {
        uint32_t control = maybe->doubts->words[i].control, node = blocks->all[control].node;
        count += !is_counted[control] && now->reached[node] && !maybe->reached[node];
        is_counted[control] = 1;
    }
    return count;
}

uint64_t weak_doubts_count(const struct weak_doubts *doubts, const struct graph *graph,
                           const uint64_t *cut_edges, const uint64_t *cut_roots,
                           const struct control_blocks *blocks,
                           const struct doubtful_object *objects)
{
    if (doubts->count == 0)
        return 0;
    struct arena *scratch = arena_child(doubts->arena);
    struct marker now = {.graph = graph, .cut_edges = cut_edges, .cut_roots = cut_roots};
    struct marker maybe = now;
    maybe.doubts = doubts;
    mark_from_roots(&now, scratch);
    mark_from_roots(&maybe, scratch);
    uint32_t *outside = arena_array(scratch, blocks->count, sizeof *outside);
    while (release(&maybe, outside, blocks, objects))
        ;
    uint64_t result =
        count(&now, &maybe, arena_array(scratch, blocks->count, sizeof(uint8_t)), blocks);
    arena_free(scratch);
    return result;
}
