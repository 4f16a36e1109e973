/* SPDX-License-Identifier: MIT */
#include "tests/python_builder.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct stream {
    unsigned char *bytes;
    size_t used, room;
};

struct object {
    uint64_t address, size_bytes, references, flags;
    uint32_t type;
};

struct reference {
    uint32_t from, to;
    enum recording_python_label label;
    uint64_t value;
};

enum { MOST_OBJECTS = 1000, MOST_REFERENCES = 4000, MOST_TEXTS = 100 };

struct python_builder {
    struct recording_python_heap record;
    struct object objects[MOST_OBJECTS];
    uint32_t object_count;
    struct reference references[MOST_REFERENCES];
    uint32_t reference_count;
    const char *text_names[MOST_TEXTS];
    struct stream types, texts, roots;
};

static void need(bool condition)
{
    if (!condition)
        abort();
}

static void add_byte(struct stream *stream, unsigned char byte)
{
    if (stream->used == stream->room) {
        stream->room = stream->room ? stream->room * 2 : 64;
        stream->bytes = realloc(stream->bytes, stream->room);
        need(stream->bytes != NULL);
    }
    stream->bytes[stream->used++] = byte;
}

static void add_number(struct stream *stream, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        add_byte(stream, (unsigned char)(number | 0x80));
    add_byte(stream, (unsigned char)number);
}

static void add_name(struct stream *stream, const char *name)
{
    add_number(stream, strlen(name));
    for (; *name; name++)
        add_byte(stream, (unsigned char)*name);
}

struct python_builder *python_builder_new(void)
{
    struct python_builder *python = calloc(1, sizeof *python);
    need(python != NULL);
    python->record = (struct recording_python_heap){
        .minor = 11,
        .is_enabled = 1,
        .generations = {{.threshold = 700}, {.threshold = 10}, {.threshold = 10}},
    };
    return python;
}

struct recording_python_heap *python_builder_record(struct python_builder *python)
{
    return &python->record;
}

/* --- objects --- */

uint32_t python_builder_type(struct python_builder *python, const char *name)
{
    add_name(&python->types, name);
    return (uint32_t)++python->record.type_count;
}

uint32_t python_builder_text(struct python_builder *python, const char *text)
{
    uint32_t count = (uint32_t)python->record.text_count;
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(python->text_names[i], text) == 0)
            return i + 1;
    need(count < MOST_TEXTS);
    python->text_names[count] = text;
    add_name(&python->texts, text);
    return (uint32_t)++python->record.text_count;
}

uint32_t python_builder_static(struct python_builder *python, uint64_t address, uint32_t type)
{
    uint32_t object = python->object_count++;
    need(object < MOST_OBJECTS && (object == 0 || python->objects[object - 1].address < address));
    python->objects[object] = (struct object){
        .address = address,
        .size_bytes = PYTHON_BUILDER_OBJECT_BYTES,
        .flags = RECORDING_PYTHON_COLLECTED | RECORDING_PYTHON_TRACKED,
        .type = type,
    };
    return object;
}

uint32_t python_builder_block(struct python_builder *python, struct recording_builder *builder,
                              uint32_t site, uint32_t type)
{
    uint32_t node = builder_node(builder, PYTHON_BUILDER_OBJECT_BYTES, site);
    builder_node_kind(builder, node, RECORDING_KIND_PYTHON);
    uint32_t object = python_builder_static(
        python, builder_address(builder, node) + PYTHON_BUILDER_HEAD_BYTES, type);
    python->objects[object].flags |= RECORDING_PYTHON_IN_BLOCK;
    return object;
}

uint64_t python_builder_address(const struct python_builder *python, uint32_t object)
{
    return python->objects[object].address;
}

void python_builder_refer(struct python_builder *python, uint32_t object, int64_t references)
{
    python->objects[object].references += (uint64_t)references;
}

void python_builder_flags(struct python_builder *python, uint32_t object, uint64_t set,
                          uint64_t clear)
{
    python->objects[object].flags = (python->objects[object].flags | set) & ~clear;
}

/* --- references --- */

void python_builder_reference(struct python_builder *python, uint32_t from,
                              enum recording_python_label label, uint64_t value, uint32_t to)
{
    uint32_t count = python->reference_count++;
    need(count < MOST_REFERENCES && (count == 0 || python->references[count - 1].from <= from));
    python->references[count] = (struct reference){from, to, label, value};
    python->objects[to].references++;
}

void python_builder_attribute(struct python_builder *python, uint32_t from, const char *name,
                              uint32_t to)
{
    python_builder_reference(python, from, RECORDING_PYTHON_ATTRIBUTE,
                             python_builder_text(python, name), to);
}

void python_builder_local(struct python_builder *python, const char *function, const char *variable,
                          uint32_t object)
{
    enum { TID = 4242 };
    add_number(&python->roots, TID + 1);
    add_number(&python->roots, python_builder_text(python, function));
    add_number(&python->roots, python_builder_text(python, variable));
    add_number(&python->roots, object);
    python->record.root_count++;
    python->objects[object].references++;
}

/* --- the streams --- */

static uint64_t zigzag(int64_t number)
{
    return (uint64_t)number << 1 ^ (uint64_t)(number >> 63);
}

static struct stream object_stream(const struct python_builder *python)
{
    struct stream stream = {0};
    uint64_t address = 0;
    uint32_t next = 0;
    for (uint32_t i = 0; i < python->object_count; i++) {
        const struct object *object = &python->objects[i];
        const uint64_t head[] = {(object->address - address) / 8, object->size_bytes, object->type,
                                 object->references, object->flags};
        uint64_t target = i;
        for (size_t field = 0; field < sizeof head / sizeof *head; field++)
            add_number(&stream, head[field]);
        for (; next < python->reference_count && python->references[next].from == i; next++) {
            const struct reference *reference = &python->references[next];
            add_number(&stream, (uint64_t)reference->label + 1);
            add_number(&stream, reference->value);
            add_number(&stream, zigzag((int64_t)(reference->to - target)));
            target = reference->to;
        }
        add_number(&stream, 0);
        address = object->address;
    }
    return stream;
}

static void take_stream(struct recording_builder *builder, enum recording_chunk_type type,
                        struct stream *stream)
{
    builder_stream(builder, type, stream->bytes, stream->used);
    free(stream->bytes);
}

void python_builder_finish(struct python_builder *python, struct recording_builder *builder)
{
    static const char version[] = "3.11.2 (main) [GCC 12.2.0]";
    struct stream objects = object_stream(python);
    struct recording_header *header = builder_header(builder);
    header->python = RECORDING_PYTHON_FOLLOWED;
    header->python_version = builder_string(builder, version, strlen(version));
    python->record.object_count += python->object_count;
    python->record.edge_count += python->reference_count;
    add_number(&python->roots, 0);
    builder_record(builder, RECORDING_CHUNK_PYTHON, &python->record, sizeof python->record);
    take_stream(builder, RECORDING_CHUNK_PYTHON_OBJECTS, &objects);
    take_stream(builder, RECORDING_CHUNK_PYTHON_TYPES, &python->types);
    take_stream(builder, RECORDING_CHUNK_PYTHON_TEXTS, &python->texts);
    take_stream(builder, RECORDING_CHUNK_PYTHON_ROOTS, &python->roots);
    free(python);
}
