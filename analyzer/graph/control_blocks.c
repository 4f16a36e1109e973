/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/control_blocks.h"

#include <inttypes.h>

#include "analyzer/recording/recording_stream.h"

struct reader {
    struct recording_stream stream;
    struct control_blocks *blocks;
    const struct graph *graph;
    struct arena *arena;
    struct control_block *all;
    size_t capacity;
    uint64_t next_node; /* the lowest that may come */
};

static bool check(struct reader *reader, uint64_t node, uint64_t object, uint64_t owners,
                  uint64_t weak)
{
    if (node >= reader->graph->node_count)
        return recording_stream_damaged(&reader->stream,
                                        "a control block at block %" PRIu64 " of %u", node,
                                        reader->graph->node_count);
    if (object >> 1 >= reader->graph->sizes[node])
        return recording_stream_damaged(
            &reader->stream, "an object at %" PRIu64 " of a control block of %" PRIu64 " bytes",
            object >> 1, reader->graph->sizes[node]);
    if (owners > UINT32_MAX || weak > UINT32_MAX)
        return recording_stream_damaged(
            &reader->stream, "%" PRIu64 " owners and %" PRIu64 " weak references", owners, weak);
    return true;
}

static bool read_block(struct reader *reader, uint64_t step)
{
    struct control_blocks *blocks = reader->blocks;
    uint64_t object, owners, weak;
    uint64_t node = step > reader->graph->node_count ? step : reader->next_node + step - 1;
    if (!recording_stream_number(&reader->stream, &object) ||
        !recording_stream_number(&reader->stream, &owners) ||
        !recording_stream_number(&reader->stream, &weak) ||
        !check(reader, node, object, owners, weak))
        return false;
    reader->all = arena_grow(reader->arena, reader->all, blocks->count, &reader->capacity,
                             sizeof *reader->all);
    reader->all[blocks->count++] = (struct control_block){
        .node = (uint32_t)node,
        .owners = (uint32_t)owners,
        .weak = (uint32_t)weak,
        .is_inside = !(object & 1),
        .object_offset = object >> 1,
    };
    blocks->has_weak |= weak > 0;
    reader->next_node = node + 1;
    return true;
}

bool control_blocks_load(struct control_blocks *blocks, struct arena *arena,
                         const struct graph *graph, struct error *error)
{
    uint64_t number = graph->snapshot->number;
    struct reader reader = {.blocks = blocks, .graph = graph, .arena = arena};
    uint64_t step;
    *blocks = (struct control_blocks){0};
    if (recording_stream_size(graph->recording, RECORDING_CHUNK_OWNERS, number) == 0)
        return true;
    if (!recording_stream_open(&reader.stream, graph->recording, arena, RECORDING_CHUNK_OWNERS,
                               number, error))
        return false;
    do {
        if (!recording_stream_number(&reader.stream, &step) || (step && !read_block(&reader, step)))
            return false;
    } while (step);
    blocks->all = reader.all;
    return true;
}

const struct control_block *control_blocks_at(const struct control_blocks *blocks, uint32_t node)
{
    uint32_t low = 0, high = blocks->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (blocks->all[middle].node < node)
            low = middle + 1;
        else
            high = middle;
    }
    return low < blocks->count && blocks->all[low].node == node ? &blocks->all[low] : NULL;
}
