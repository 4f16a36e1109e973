/* SPDX-License-Identifier: MIT */
#include "analyzer/graph/python_heap.h"

#include <inttypes.h>
#include <string.h>

#include "analyzer/recording/recording_stream.h"
#include "analyzer/base/text.h"

enum { OBJECT_STREAM_BYTES = 6, EDGE_STREAM_BYTES = 3, ROOT_STREAM_BYTES = 4, WORD_BYTES = 8 };

static bool claims_fit(const struct recording *recording, uint64_t snapshot,
                       const struct recording_python_heap *record, struct error *error)
{
    const struct recording_claim claims[] = {
        {RECORDING_CHUNK_PYTHON_OBJECTS, OBJECT_STREAM_BYTES, record->object_count,
         "Python objects"},
        {RECORDING_CHUNK_PYTHON_OBJECTS, EDGE_STREAM_BYTES, record->edge_count,
         "Python references"},
        {RECORDING_CHUNK_PYTHON_TYPES, 1, record->type_count, "Python types"},
        {RECORDING_CHUNK_PYTHON_TEXTS, 1, record->text_count, "Python texts"},
        {RECORDING_CHUNK_PYTHON_ROOTS, ROOT_STREAM_BYTES, record->root_count, "Python roots"},
    };
    return recording_stream_claims_fit(recording, snapshot, claims, sizeof claims / sizeof *claims,
                                       error);
}

static void allocate(struct python_heap *heap, struct arena *arena,
                     const struct recording_python_heap *record)
{
    *heap = (struct python_heap){
        .record = *record,
        .object_count = (uint32_t)record->object_count,
        .edge_count = (uint32_t)record->edge_count,
        .type_count = (uint32_t)record->type_count,
        .text_count = (uint32_t)record->text_count,
        .local_count = (uint32_t)record->root_count,
    };
    heap->addresses = arena_array(arena, heap->object_count, sizeof *heap->addresses);
    heap->sizes = arena_array(arena, heap->object_count, sizeof *heap->sizes);
    heap->references = arena_array(arena, heap->object_count, sizeof *heap->references);
    heap->types = arena_array(arena, heap->object_count, sizeof *heap->types);
    heap->flags = arena_array(arena, heap->object_count, sizeof *heap->flags);
    heap->edge_starts =
        arena_array(arena, (size_t)heap->object_count + 1, sizeof *heap->edge_starts);
    heap->targets = arena_array(arena, heap->edge_count, sizeof *heap->targets);
    heap->labels = arena_array(arena, heap->edge_count, sizeof *heap->labels);
    heap->label_values = arena_array(arena, heap->edge_count, sizeof *heap->label_values);
    heap->locals = arena_array(arena, heap->local_count, sizeof *heap->locals);
}

/* NULL when the stream is damaged. */
static const char **load_texts(struct recording_stream *stream, struct arena *names, uint32_t count)
{
    struct arena *scratch = arena_child(names);
    const char **texts = arena_array(names, (size_t)count + 1, sizeof(*texts));
    for (uint32_t i = 1; i <= count && texts; i++) {
        uint64_t length;
        const char *bytes = recording_stream_text(stream, scratch, "a text", &length);
        if (!bytes)
            texts = NULL;
        else if (length)
            texts[i] = text_utf8(names, bytes, length);
    }
    arena_free(scratch);
    return texts;
}

/* --- objects --- */

struct object_reader {
    struct recording_stream stream;
    struct python_heap *heap;
    uint32_t index, edges;
    uint64_t address, target;
};

static bool refers_to_text(enum recording_python_label label)
{
    return label == RECORDING_PYTHON_ATTRIBUTE || label == RECORDING_PYTHON_SLOT ||
           label == RECORDING_PYTHON_VALUE || label == RECORDING_PYTHON_OBJECT ||
           label == RECORDING_PYTHON_LOCAL;
}

static bool read_edge(struct object_reader *reader, uint64_t label)
{
    struct python_heap *heap = reader->heap;
    struct recording_stream *stream = &reader->stream;
    uint64_t value, step;
    if (label >= RECORDING_PYTHON_LABEL_COUNT)
        return recording_stream_damaged(stream, "a reference with unknown label %" PRIu64, label);
    if (!recording_stream_number(stream, &value) || !recording_stream_number(stream, &step))
        return false;
    reader->target += recording_stream_signed(step);
    if (reader->target >= heap->object_count)
        return recording_stream_damaged(stream, "a reference from object %u to %" PRIu64 " of %u",
                                        reader->index, reader->target, heap->object_count);
    if (refers_to_text((enum recording_python_label)label) && value > heap->text_count)
        return recording_stream_damaged(stream, "a reference with text %" PRIu64 ", %u are known",
                                        value, heap->text_count);
    if (reader->edges == heap->edge_count)
        return recording_stream_damaged(stream, "more references than the %u announced",
                                        heap->edge_count);
    heap->targets[reader->edges] = (uint32_t)reader->target;
    heap->labels[reader->edges] = (uint8_t)label;
    heap->label_values[reader->edges++] = value;
    return true;
}

static bool read_head(struct object_reader *reader)
{
    struct python_heap *heap = reader->heap;
    struct recording_stream *stream = &reader->stream;
    uint64_t gap, size_bytes, type, references, flags;
    if (!recording_stream_number(stream, &gap) || !recording_stream_number(stream, &size_bytes) ||
        !recording_stream_number(stream, &type) || !recording_stream_number(stream, &references) ||
        !recording_stream_number(stream, &flags))
        return false;
    if (gap == 0 || gap > (UINT64_MAX - reader->address) / WORD_BYTES)
        return recording_stream_damaged(stream, "Python object %u has an impossible address",
                                        reader->index);
    if (type == 0 || type > heap->type_count)
        return recording_stream_damaged(stream,
                                        "Python object %u of type %" PRIu64 ", %u are known",
                                        reader->index, type, heap->type_count);
    if (references > INT64_MAX)
        return recording_stream_damaged(stream, "Python object %u with %" PRIu64 " references",
                                        reader->index, references);
    reader->address += gap * WORD_BYTES;
    reader->target = reader->index;
    heap->addresses[reader->index] = reader->address;
    heap->sizes[reader->index] = size_bytes;
    heap->types[reader->index] = (uint32_t)type;
    heap->references[reader->index] = references;
    heap->flags[reader->index] = (uint16_t)flags;
    return true;
}

static bool read_object(struct object_reader *reader)
{
    uint64_t label;
    if (!read_head(reader))
        return false;
    reader->heap->edge_starts[reader->index] = reader->edges;
    while (recording_stream_number(&reader->stream, &label)) {
        if (label == 0)
            return true;
        if (!read_edge(reader, label - 1))
            return false;
    }
    return false;
}

static bool load_objects(struct python_heap *heap, struct arena *arena,
                         const struct recording *recording, uint64_t snapshot, struct error *error)
{
    struct object_reader reader = {.heap = heap};
    if (!recording_stream_open(&reader.stream, recording, arena, RECORDING_CHUNK_PYTHON_OBJECTS,
                               snapshot, error))
        return false;
    for (; reader.index < heap->object_count; reader.index++)
        if (!read_object(&reader))
            return false;
    heap->edge_starts[heap->object_count] = reader.edges;
    if (reader.edges != heap->edge_count)
        return recording_stream_damaged(&reader.stream, "%u references, %u announced", reader.edges,
                                        heap->edge_count);
    return true;
}

static bool load_locals(struct python_heap *heap, struct arena *arena,
                        const struct recording *recording, uint64_t snapshot, struct error *error)
{
    struct recording_stream stream;
    if (!recording_stream_open(&stream, recording, arena, RECORDING_CHUNK_PYTHON_ROOTS, snapshot,
                               error))
        return false;
    for (uint32_t i = 0; i < heap->local_count; i++) {
        uint64_t tid, function, variable, object;
        if (!recording_stream_number(&stream, &tid) ||
            !recording_stream_number(&stream, &function) ||
            !recording_stream_number(&stream, &variable) ||
            !recording_stream_number(&stream, &object))
            return false;
        if (tid == 0)
            return recording_stream_damaged(&stream, "%u Python roots, %u announced", i,
                                            heap->local_count);
        if (function > heap->text_count || variable > heap->text_count ||
            object >= heap->object_count)
            return recording_stream_damaged(
                &stream, "a local variable with an unknown function, name or object");
        heap->locals[i] = (struct python_heap_local){(int)(tid - 1), (uint32_t)function,
                                                     (uint32_t)variable, (uint32_t)object};
    }
    return true;
}

bool python_heap_load(struct python_heap *heap, struct arena *arena, struct arena *names,
                      const struct recording *recording, uint64_t snapshot, struct error *error)
{
    const struct recording_python_heap *record = recording_python_heap(recording, snapshot);
    if (!claims_fit(recording, snapshot, record, error))
        return false;
    allocate(heap, arena, record);
    struct recording_stream types, texts;
    if (!recording_stream_open(&types, recording, arena, RECORDING_CHUNK_PYTHON_TYPES, snapshot,
                               error) ||
        !(heap->type_names = load_texts(&types, names, heap->type_count)) ||
        !recording_stream_open(&texts, recording, arena, RECORDING_CHUNK_PYTHON_TEXTS, snapshot,
                               error) ||
        !(heap->texts = load_texts(&texts, names, heap->text_count)))
        return false;
    return load_objects(heap, arena, recording, snapshot, error) &&
           load_locals(heap, arena, recording, snapshot, error);
}

uint32_t python_heap_at(const struct python_heap *heap, uint64_t address)
{
    uint32_t low = 0, high = heap->object_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (heap->addresses[middle] < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < heap->object_count && heap->addresses[low] == address ? low : UINT32_MAX;
}

const bool *python_heap_data_types(const struct python_heap *heap, struct arena *arena)
{
    static const char *const names[] = {"bytes", "str", "int", "float", "complex"};
    bool *is_data = arena_array(arena, (size_t)heap->type_count + 1, sizeof *is_data);
    for (uint32_t type = 1; type <= heap->type_count; type++)
        for (size_t i = 0; heap->type_names[type] && i < sizeof names / sizeof *names; i++)
            is_data[type] |= strcmp(heap->type_names[type], names[i]) == 0;
    return is_data;
}

/* --- labels --- */

const char *python_heap_label(const struct python_heap *heap, struct arena *arena, uint32_t edge)
{
    uint64_t value = heap->label_values[edge];
    const char *text = refers_to_text(heap->labels[edge]) ? heap->texts[value] : NULL;
    switch ((enum recording_python_label)heap->labels[edge]) {
    case RECORDING_PYTHON_ATTRIBUTE:
    case RECORDING_PYTHON_SLOT:
        return text;
    case RECORDING_PYTHON_LOCAL:
        return text ? arena_printf(arena, "local variable %s", text) : "local variable";
    case RECORDING_PYTHON_OFFSET:
        return arena_printf(arena, "+%" PRIu64, value);
    case RECORDING_PYTHON_KEY:
        return "key";
    case RECORDING_PYTHON_VALUE:
        return text ? arena_printf(arena, "['%s']", text) : "[...]";
    case RECORDING_PYTHON_NUMBER:
        return arena_printf(arena, "[%" PRId64 "]", (int64_t)recording_stream_signed(value));
    case RECORDING_PYTHON_OBJECT:
        return text ? arena_printf(arena, "[<%s>]", text) : "[...]";
    case RECORDING_PYTHON_INDEX:
        return arena_printf(arena, "[%" PRIu64 "]", value);
    case RECORDING_PYTHON_MEMBER:
        return "in set";
    case RECORDING_PYTHON_CELL:
        return "cell_contents";
    case RECORDING_PYTHON_CLASS:
        return "__class__";
    case RECORDING_PYTHON_UNKNOWN:
    case RECORDING_PYTHON_LABEL_COUNT:
        break;
    }
    return NULL;
}

uint64_t python_heap_label_kind(const struct python_heap *heap, uint32_t edge)
{
    enum { LABEL_BITS = 8 };
    enum recording_python_label label = heap->labels[edge];
    bool is_named = label == RECORDING_PYTHON_ATTRIBUTE || label == RECORDING_PYTHON_SLOT ||
                    label == RECORDING_PYTHON_LOCAL || label == RECORDING_PYTHON_OFFSET;
    return (is_named ? heap->label_values[edge] << LABEL_BITS : 0) | label;
}
