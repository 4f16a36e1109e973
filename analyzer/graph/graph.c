/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/graph.h"

#include <inttypes.h>
#include <stdlib.h>

#include "analyzer/cxx/demangle.h"
#include "analyzer/recording/recording_stream.h"
#include "analyzer/cxx/type_names.h"

enum { WORD_BYTES = 8, NODE_STREAM_BYTES = 5, EDGE_STREAM_BYTES = 2, ROOT_STREAM_BYTES = 5 };

/* --- the node stream --- */

struct node {
    uint64_t address, size_bytes, site;
    uint64_t type;
    uint64_t birth_ns; /* CLOCK_MONOTONIC, 0 unknown */
    bool is_root;
    enum recording_block_kind kind;
};

struct node_reader {
    struct recording_stream stream;
    const struct recording *recording;
    uint32_t node_count, type_count;
    uint32_t index; /* of the current node */
    bool started;
    uint64_t address, size_bytes;
    uint64_t word, target;              /* of the previous edge */
    uint64_t birth_origin_ns, birth_ns; /* since then, of the last node that has one */
    uint32_t edges_read;
};

static bool check_node(struct node_reader *reader, uint64_t gap, const struct node *node)
{
    struct recording_stream *stream = &reader->stream;
    if (gap == 0)
        return recording_stream_damaged(stream, "block %u at the address of the one before",
                                        reader->index);
    if (gap > (UINT64_MAX - reader->address) / WORD_BYTES ||
        node->size_bytes > UINT64_MAX - reader->address - gap * WORD_BYTES)
        return recording_stream_damaged(stream, "block %u beyond the address space", reader->index);
    if (node->site > UINT32_MAX || (node->site && !recording_site(reader->recording, node->site)))
        return recording_stream_damaged(stream, "block %u from site %" PRIu64 ", which is missing",
                                        reader->index, node->site);
    if (node->type > reader->type_count)
        return recording_stream_damaged(stream, "block %u of type %" PRIu64 ", %u are known",
                                        reader->index, node->type, reader->type_count);
    return true;
}

static bool next_birth(struct node_reader *reader, struct node *node)
{
    uint64_t step = 0;
    if (reader->birth_origin_ns && !recording_stream_number(&reader->stream, &step))
        return false;
    if (step)
        reader->birth_ns += recording_stream_signed(step - 1);
    node->birth_ns = step ? reader->birth_origin_ns + reader->birth_ns : 0;
    return true;
}

static bool next_node(struct node_reader *reader, struct node *node)
{
    uint64_t gap, meta;
    reader->index += reader->started;
    reader->started = true;
    if (!recording_stream_number(&reader->stream, &gap) ||
        !recording_stream_number(&reader->stream, &node->size_bytes) ||
        !recording_stream_number(&reader->stream, &meta) ||
        !recording_stream_number(&reader->stream, &node->type) || !next_birth(reader, node))
        return false;
    node->site = meta >> 3;
    node->is_root = meta & 1;
    node->kind = (enum recording_block_kind)(meta >> 1 & 3);
    if (!check_node(reader, gap, node))
        return false;
    reader->address += gap * WORD_BYTES;
    reader->size_bytes = node->size_bytes;
    reader->word = 0;
    reader->target = reader->index;
    node->address = reader->address;
    return true;
}

enum edge_result { EDGE_FOUND, EDGE_END, EDGE_DAMAGED };

static bool check_edge(struct node_reader *reader, uint64_t gap)
{
    if (gap == 0)
        return recording_stream_damaged(&reader->stream, "two edges from one word of block %u",
                                        reader->index);
    uint64_t words = (reader->size_bytes + RECORDING_MOST_SLACK_BYTES) / WORD_BYTES;
    if (gap > words || reader->word + gap > words)
        return recording_stream_damaged(&reader->stream, "an edge from outside of block %u",
                                        reader->index);
    return true;
}

static enum edge_result next_edge(struct node_reader *reader, struct graph_edge *edge)
{
    uint64_t word, step;
    if (!recording_stream_number(&reader->stream, &word))
        return EDGE_DAMAGED;
    if (word == 0)
        return EDGE_END;
    if (!check_edge(reader, word >> 2) || !recording_stream_number(&reader->stream, &step))
        return EDGE_DAMAGED;
    reader->word += word >> 2;
    reader->target += recording_stream_signed(step);
    if (reader->target >= reader->node_count) {
        recording_stream_damaged(&reader->stream,
                                 "an edge from block %u to block %" PRIu64 " of %u", reader->index,
                                 reader->target, reader->node_count);
        return EDGE_DAMAGED;
    }
    *edge = (struct graph_edge){
        .from = reader->index,
        .to = (uint32_t)reader->target,
        .offset = (reader->word - 1) * WORD_BYTES,
        .tagged = word & 2,
    };
    if ((word & 1) && !recording_stream_number(&reader->stream, &edge->target_offset))
        return EDGE_DAMAGED;
    return EDGE_FOUND;
}

static bool node_reader_open(struct node_reader *reader, struct arena *arena,
                             const struct graph *graph, struct error *error)
{
    *reader = (struct node_reader){
        .recording = graph->recording,
        .node_count = graph->node_count,
        .type_count = graph->type_count,
        .birth_origin_ns = graph->birth_origin_ns,
    };
    return recording_stream_open(&reader->stream, graph->recording, arena, RECORDING_CHUNK_NODES,
                                 graph->snapshot->number, error);
}

/* --- loading --- */

static bool claims_fit(const struct recording *recording,
                       const struct recording_snapshot_entry *entry, struct error *error)
{
    const struct recording_snapshot *snapshot = &entry->snapshot;
    const struct recording_claim claims[] = {
        {RECORDING_CHUNK_NODES, NODE_STREAM_BYTES, snapshot->node_count, "blocks"},
        {RECORDING_CHUNK_NODES, EDGE_STREAM_BYTES, snapshot->edge_count, "edges"},
        {RECORDING_CHUNK_ROOTS, ROOT_STREAM_BYTES, snapshot->root_count, "roots"},
        {RECORDING_CHUNK_TYPES, 1, snapshot->type_count, "types"},
    };
    return recording_stream_claims_fit(recording, entry->number, claims,
                                       sizeof claims / sizeof *claims, error);
}

static bool load_types(struct graph *graph, struct arena *arena, struct arena *names,
                       struct error *error)
{
    struct recording_stream stream;
    uint64_t snapshot = graph->snapshot->number;
    graph->type_names =
        arena_array(arena, (size_t)graph->type_count + 1, sizeof(*graph->type_names));
    graph->class_names =
        arena_array(arena, (size_t)graph->type_count + 1, sizeof(*graph->class_names));
    if (!recording_stream_open(&stream, graph->recording, arena, RECORDING_CHUNK_TYPES, snapshot,
                               error))
        return false;
    for (uint32_t type = 1; type <= graph->type_count; type++) {
        uint64_t length;
        const char *bytes = recording_stream_text(&stream, arena, "a type name", &length);
        if (!bytes)
            return false;
        if (!length)
            continue;
        graph->class_names[type] = demangle_type(names, bytes);
        graph->type_names[type] = type_names_of_user(names, graph->class_names[type]);
    }
    return true;
}

/* A string's pointer to its characters in the same block, or the head of an empty list: a part of
 * the object, not a way back to it. */
static bool stays_inside(const struct graph_edge *edge)
{
    return edge->from == edge->to && edge->target_offset != 0;
}

static bool load_edges(struct graph *graph, struct node_reader *reader, uint32_t *edge_count)
{
    struct graph_edge edge;
    enum edge_result result;
    while ((result = next_edge(reader, &edge)) == EDGE_FOUND) {
        if (reader->edges_read++ == graph->edge_count)
            return recording_stream_damaged(&reader->stream, "more edges than the %u announced",
                                            graph->edge_count);
        if (!stays_inside(&edge))
            graph->targets[(*edge_count)++] = edge.to;
    }
    return result == EDGE_END;
}

static const uint8_t kind_flags[] = {
    [RECORDING_KIND_MALLOC] = 0,
    [RECORDING_KIND_NEW] = GRAPH_BY_NEW,
    [RECORDING_KIND_NEW_ARRAY] = GRAPH_BY_NEW_ARRAY,
    [RECORDING_KIND_PYTHON] = GRAPH_OF_PYTHON,
};

static bool load_nodes(struct graph *graph, struct arena *scratch, struct error *error)
{
    struct node_reader reader;
    uint32_t edge_count = 0;
    if (!node_reader_open(&reader, scratch, graph, error))
        return false;
    for (uint32_t i = 0; i < graph->node_count; i++) {
        struct node node;
        if (!next_node(&reader, &node))
            return false;
        graph->addresses[i] = node.address;
        graph->sizes[i] = node.size_bytes;
        graph->sites[i] = (uint32_t)node.site;
        graph->types[i] = (uint32_t)node.type;
        graph->births_ns[i] = node.birth_ns;
        graph->flags[i] = (uint8_t)((node.is_root ? GRAPH_IS_ROOT : 0) | kind_flags[node.kind]);
        graph->edge_starts[i] = edge_count;
        if (!load_edges(graph, &reader, &edge_count))
            return false;
    }
    graph->edge_starts[graph->node_count] = edge_count;
    if (reader.edges_read != graph->edge_count)
        return recording_stream_damaged(&reader.stream, "%u edges, %u announced", reader.edges_read,
                                        graph->edge_count);
    graph->edge_count = edge_count;
    return true;
}

static bool read_root(struct recording_stream *stream, const struct graph *graph, uint32_t index,
                      struct graph_root *root)
{
    uint64_t kind, target;
    if (!recording_stream_number(stream, &kind) || !recording_stream_number(stream, &root->owner) ||
        !recording_stream_number(stream, &root->address) ||
        !recording_stream_number(stream, &target) ||
        !recording_stream_number(stream, &root->target_offset))
        return false;
    kind >>= 1; /* whether it is tagged does not matter here */
    if (kind < RECORDING_ROOT_DATA || kind > RECORDING_ROOT_INHERITED)
        return recording_stream_damaged(stream, "root %u of unknown kind %" PRIu64, index, kind);
    if (target >= graph->node_count)
        return recording_stream_damaged(stream, "root %u points to block %" PRIu64 " of %u", index,
                                        target, graph->node_count);
    root->kind = (uint32_t)kind;
    root->to = (uint32_t)target;
    return true;
}

static bool load_roots(struct graph *graph, struct arena *scratch, struct error *error)
{
    struct recording_stream stream;
    struct graph_root root;
    if (!recording_stream_open(&stream, graph->recording, scratch, RECORDING_CHUNK_ROOTS,
                               graph->snapshot->number, error))
        return false;
    for (uint32_t i = 0; i < graph->root_count; i++) {
        if (!read_root(&stream, graph, i, &root))
            return false;
        graph->roots[i] = root.to;
        graph->root_offsets[i] = root.target_offset;
    }
    return true;
}

static bool is_cut(const uint64_t *cut, size_t place)
{
    return cut && cut[place / 64] >> place % 64 & 1;
}

static bool read_roots(const struct graph *graph, bool cut, struct arena *arena,
                       graph_root_visitor *visit, void *context, struct error *error)
{
    struct recording_stream stream;
    struct graph_root root;
    size_t place = 0;
    if (!recording_stream_open(&stream, graph->recording, arena, RECORDING_CHUNK_ROOTS,
                               graph->snapshot->number, error))
        return false;
    for (uint32_t i = 0; i < graph->told_root_count; i++) {
        if (!read_root(&stream, graph, i, &root))
            return false;
        if (graph->object_offsets && root.target_offset < graph->object_offsets[root.to])
            continue;
        if (is_cut(graph->cut_roots, place++) == cut)
            visit(&root, context);
    }
    return true;
}

bool graph_read_roots(const struct graph *graph, struct arena *arena, graph_root_visitor *visit,
                      void *context, struct error *error)
{
    return read_roots(graph, false, arena, visit, context, error);
}

bool graph_read_cut_roots(const struct graph *graph, struct arena *arena, graph_root_visitor *visit,
                          void *context, struct error *error)
{
    return !graph->cut_roots || read_roots(graph, true, arena, visit, context, error);
}

/* UINT32_MAX: no block starts there. */
static uint32_t find_address(const struct graph *graph, uint64_t address)
{
    uint32_t low = 0, high = graph->node_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (graph->addresses[middle] < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < graph->node_count && graph->addresses[low] == address ? low : UINT32_MAX;
}

/* The list also has blocks allocated and freed after the snapshot; those are not found. */
static void mark_freed(struct graph *graph)
{
    const struct recording_records *records = &graph->recording->records[RECORDING_CHUNK_FREED];
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_piece *piece = &records->pieces[i];
        const uint64_t *addresses = piece->records;
        if (piece->first != 0 && piece->first != graph->snapshot->number)
            continue;
        for (uint64_t k = 0; k < piece->count; k++) {
            uint32_t node = find_address(graph, addresses[k]);
            if (node != UINT32_MAX)
                graph->flags[node] |= GRAPH_FREED;
        }
    }
}

static void allocate(struct graph *graph, struct arena *arena, const struct recording *recording,
                     const struct recording_snapshot_entry *entry)
{
    const struct recording_snapshot *snapshot = &entry->snapshot;
    *graph = (struct graph){
        .recording = recording,
        .snapshot = entry,
        .node_count = (uint32_t)snapshot->node_count,
        .edge_count = (uint32_t)snapshot->edge_count,
        .root_count = (uint32_t)snapshot->root_count,
        .told_root_count = (uint32_t)snapshot->root_count,
        .type_count = (uint32_t)snapshot->type_count,
        .birth_origin_ns = snapshot->birth_origin_ns,
    };
    graph->addresses = arena_array(arena, graph->node_count, sizeof *graph->addresses);
    graph->sizes = arena_array(arena, graph->node_count, sizeof *graph->sizes);
    graph->sites = arena_array(arena, graph->node_count, sizeof *graph->sites);
    graph->types = arena_array(arena, graph->node_count, sizeof *graph->types);
    graph->flags = arena_array(arena, graph->node_count, sizeof *graph->flags);
    graph->births_ns = arena_array(arena, graph->node_count, sizeof *graph->births_ns);
    graph->edge_starts =
        arena_array(arena, (size_t)graph->node_count + 1, sizeof *graph->edge_starts);
    graph->targets = arena_array(arena, graph->edge_count, sizeof *graph->targets);
    graph->roots = arena_array(arena, graph->root_count, sizeof *graph->roots);
    graph->root_offsets = arena_array(arena, graph->root_count, sizeof *graph->root_offsets);
}

bool graph_load(struct graph *graph, struct arena *arena, struct arena *names,
                const struct recording *recording, const struct recording_snapshot_entry *entry,
                struct error *error)
{
    if (!claims_fit(recording, entry, error))
        return false;
    allocate(graph, arena, recording, entry);
    if (!load_types(graph, arena, names, error) || !load_nodes(graph, arena, error) ||
        !load_roots(graph, arena, error))
        return false;
    mark_freed(graph);
    return true;
}

uint64_t graph_birth_slack(const struct graph *graph, uint32_t node)
{
    enum { LEAST_NS = 100 };
    if (graph->sizes[node] > RECORDING_ROUNDED_BIRTH_BYTES)
        return 0;
    uint64_t slack_ns = (graph->births_ns[node] - graph->birth_origin_ns) >> RECORDING_BIRTH_BITS;
    return slack_ns > LEAST_NS ? slack_ns : LEAST_NS;
}

static void visit_held(const struct graph *graph, bool cut, graph_edge_visitor *visit,
                       void *context)
{
    for (size_t i = 0; i < (size_t)graph->edge_count + graph->cut_edge_count; i++)
        if (is_cut(graph->cut_edges, i) == cut)
            visit(&graph->held_edges[i], context);
}

static bool read_edges(const struct graph *graph, bool cut, struct arena *arena,
                       graph_edge_visitor *visit, void *context, struct error *error)
{
    struct node_reader reader;
    size_t place = 0;
    if (graph->held_edges) {
        visit_held(graph, cut, visit, context);
        return true;
    }
    if (!node_reader_open(&reader, arena, graph, error))
        return false;
    for (uint32_t i = 0; i < graph->node_count; i++) {
        struct node node;
        struct graph_edge edge;
        enum edge_result result;
        if (!next_node(&reader, &node))
            return false;
        while ((result = next_edge(&reader, &edge)) == EDGE_FOUND)
            if (!stays_inside(&edge) && is_cut(graph->cut_edges, place++) == cut)
                visit(&edge, context);
        if (result == EDGE_DAMAGED)
            return false;
    }
    return true;
}

bool graph_read_edges(const struct graph *graph, struct arena *arena, graph_edge_visitor *visit,
                      void *context, struct error *error)
{
    return read_edges(graph, false, arena, visit, context, error);
}

bool graph_read_cut_edges(const struct graph *graph, struct arena *arena, graph_edge_visitor *visit,
                          void *context, struct error *error)
{
    return !graph->cut_edges || read_edges(graph, true, arena, visit, context, error);
}
