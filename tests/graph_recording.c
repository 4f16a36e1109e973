/* SPDX-License-Identifier: MIT */
#include "tests/graph_recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/recording_builder.h"

const char *const graph_shape_names[GRAPH_SHAPES] = {"chain", "list", "star", "tree", "random"};

enum { BLOCK_BYTES = 64, RANDOM_EDGES = 3, RANDOM_ROOTS = 1000, CHUNK_BYTES = 1 << 20 };

enum graph_shape graph_shape_named(const char *name)
{
    enum graph_shape shape = 0;
    while (shape < GRAPH_SHAPES && strcmp(graph_shape_names[shape], name) != 0)
        shape++;
    return shape;
}

/* --- shapes --- */

typedef void edge_visitor(uint32_t target, void *context);

static uint32_t scramble(uint64_t number, uint32_t limit)
{
    number = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
    number = (number ^ number >> 31) * UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)((number >> 32) * limit >> 32);
}

static void visit_edges(enum graph_shape shape, uint32_t node, uint32_t count, edge_visitor *visit,
                        void *context)
{
    uint64_t child = 2 * (uint64_t)node + 1;
    switch (shape) {
    case GRAPH_LIST:
        if (node > 0)
            visit(node - 1, context);
        /* fall through */
    case GRAPH_CHAIN:
        if (node + 1 < count)
            visit(node + 1, context);
        break;
    case GRAPH_STAR:
        for (uint32_t other = 1; node == 0 && other < count; other++)
            visit(other, context);
        if (node > 0)
            visit(0, context);
        break;
    case GRAPH_TREE:
        if (node > 0)
            visit((node - 1) / 2, context);
        for (uint64_t other = child; other < child + 2 && other < count; other++)
            visit((uint32_t)other, context);
        break;
    default:
        for (uint32_t i = 0; i < RANDOM_EDGES; i++)
            visit(scramble((uint64_t)node * RANDOM_EDGES + i, count), context);
    }
}

static void count_edge(uint32_t target, void *count)
{
    (void)target;
    ++*(uint64_t *)count;
}

/* --- writing --- */

struct graph_writer {
    FILE *file;
    const char *path;
    uint64_t offset; /* end of the file so far */
    enum recording_chunk_type type;
    uint32_t sequence;
    unsigned char *bytes; /* of the chunk at hand */
    size_t used;
    uint32_t target; /* of the edge before */
    uint64_t edge_count;
};

static void need(bool done, const char *what)
{
    if (!done) {
        perror(what);
        abort();
    }
}

static void write_chunk(struct graph_writer *writer, const struct recording_chunk *chunk,
                        const void *payload)
{
    static const char padding[RECORDING_PAGE_BYTES];
    struct recording_chunk head = *chunk;
    uint64_t size_bytes = sizeof head + head.used;
    head.pages = (uint32_t)((size_bytes + RECORDING_PAGE_BYTES - 1) / RECORDING_PAGE_BYTES);
    uint64_t rest = (uint64_t)head.pages * RECORDING_PAGE_BYTES - size_bytes;
    need(fwrite(&head, sizeof head, 1, writer->file) == 1, writer->path);
    need(fwrite(payload, 1, head.used, writer->file) == head.used, writer->path);
    need(fwrite(padding, 1, rest, writer->file) == rest, writer->path);
    writer->offset += (uint64_t)head.pages * RECORDING_PAGE_BYTES;
}

static void flush_stream(struct graph_writer *writer)
{
    struct recording_chunk chunk = {
        .type = writer->type, .used = writer->used, .key = 1, .sequence = writer->sequence++};
    write_chunk(writer, &chunk, writer->bytes);
    writer->used = 0;
}

static void start_stream(struct graph_writer *writer, enum recording_chunk_type type)
{
    writer->type = type;
    writer->sequence = 0;
}

static void put_number(struct graph_writer *writer, uint64_t number)
{
    enum { LONGEST_NUMBER = 10 };
    while (number >= 0x80) {
        writer->bytes[writer->used++] = (unsigned char)(number | 0x80);
        number >>= 7;
    }
    writer->bytes[writer->used++] = (unsigned char)number;
    if (writer->used > CHUNK_BYTES - LONGEST_NUMBER)
        flush_stream(writer);
}

static void put_edge(uint32_t target, void *context)
{
    struct graph_writer *writer = context;
    int64_t step = (int64_t)target - writer->target;
    put_number(writer, 1 << 2); /* from the next word */
    put_number(writer, (uint64_t)step << 1 ^ (uint64_t)(step >> 63));
    writer->target = target;
}

/* A block as large as its pointers need. */
static void write_nodes(struct graph_writer *writer, enum graph_shape shape, uint32_t count)
{
    uint64_t gap_words = 1;
    start_stream(writer, RECORDING_CHUNK_NODES);
    for (uint32_t node = 0; node < count; node++) {
        uint64_t edges = 0;
        visit_edges(shape, node, count, count_edge, &edges);
        uint64_t size_bytes = edges * 8 > BLOCK_BYTES ? edges * 8 : BLOCK_BYTES;
        put_number(writer, gap_words);
        put_number(writer, size_bytes);
        put_number(writer, 1 << 3); /* site 1, malloc, no root */
        put_number(writer, 0);
        writer->target = node;
        visit_edges(shape, node, count, put_edge, writer);
        put_number(writer, 0);
        writer->edge_count += edges;
        gap_words = size_bytes / 8 + 2;
    }
    flush_stream(writer);
}

static void write_root(struct graph_writer *writer, uint32_t target)
{
    const uint64_t fields[] = {RECORDING_ROOT_DATA << 1, 0, 0x1000, target, 0};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        put_number(writer, fields[i]);
}

static uint64_t write_roots(struct graph_writer *writer, enum graph_shape shape, uint32_t count)
{
    uint64_t roots = 1;
    start_stream(writer, RECORDING_CHUNK_ROOTS);
    write_root(writer, 0);
    if (shape == GRAPH_LIST)
        write_root(writer, count - 1), roots++;
    for (; shape == GRAPH_RANDOM && roots < RANDOM_ROOTS && roots < count; roots++)
        write_root(writer, scramble(roots, count));
    put_number(writer, 0);
    flush_stream(writer);
    return roots;
}

/* All but the snapshot: the builder knows how. */
static void write_tables(struct graph_writer *writer, struct recording_header *header)
{
    struct recording_builder *builder = builder_new();
    size_t size;
    builder_without_snapshot(builder);
    builder_simple_site(builder, 0x10);
    builder_header(builder)->snapshot_count = 1;
    builder_header(builder)->unchecked = RECORDING_CHECKED;
    unsigned char *bytes = builder_bytes(builder, &size);
    memcpy(header, bytes, sizeof *header);
    need(fwrite(bytes, 1, size, writer->file) == size, writer->path);
    writer->offset = size;
    free(bytes);
    builder_free(builder);
}

void graph_recording_write(const char *path, enum graph_shape shape, uint32_t node_count,
                           bool with_roots)
{
    struct recording_header header;
    struct recording_snapshot snapshot = {
        .state = RECORDING_SNAPSHOT_COMPLETE,
        .reason = RECORDING_AT_EXIT,
        .node_count = node_count,
    };
    struct recording_chunk chunk = {
        .type = RECORDING_CHUNK_SNAPSHOT, .used = sizeof snapshot, .key = 1};
    struct graph_writer writer = {
        .file = fopen(path, "wb"), .path = path, .bytes = malloc(CHUNK_BYTES)};
    need(writer.file && writer.bytes, path);
    write_tables(&writer, &header);
    write_nodes(&writer, shape, node_count);
    snapshot.edge_count = writer.edge_count;
    if (with_roots)
        snapshot.root_count = write_roots(&writer, shape, node_count);
    write_chunk(&writer, &chunk, &snapshot);
    header.used_bytes = writer.offset;
    need(fseek(writer.file, 0, SEEK_SET) == 0, path);
    need(fwrite(&header, sizeof header, 1, writer.file) == 1, path);
    need(fclose(writer.file) == 0, path);
    free(writer.bytes);
}
