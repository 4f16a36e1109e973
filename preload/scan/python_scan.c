/* SPDX-License-Identifier: MIT */
#include "preload/scan/python_scan.h"

#include <string.h>

#include "preload/base/clock.h"
#include "preload/scan/python_edges.h"
#include "preload/python/python_interpreters.h"
#include "preload/python/python_layout.h"
#include "preload/scan/python_locals.h"
#include "preload/scan/python_objects.h"
#include "preload/scan/python_label_texts.h"
#include "preload/scan/python_type_names.h"
#include "preload/scan/python_types.h"
#include "preload/recording/recording_writer.h"
#include "preload/scan/scan_guard.h"
#include "preload/scan/scan_index.h"
#include "preload/scan/scan_stream.h"

/* --- the collector --- */

static int32_t int_at(uintptr_t address, uintptr_t offset)
{
    return *(const int32_t *)(address + offset);
}

/* Collections, collected, uncollectable; 0 when they are not there. */
static uintptr_t statistics_of(uintptr_t gc, int generation)
{
    enum { BYTES = 24, BUFFERED_BYTES = 64, BUFFERED_COUNTS = 16, YOUNG = 11, OLD = 3 };
    if (!python_layout.has_buffered_statistics)
        return gc + python_layout.gc_statistics + generation * BYTES;
    uintptr_t buffer = python_word(gc, python_layout.gc_statistics);
    int places = generation ? OLD : YOUNG;
    if (generation)
        buffer += YOUNG * BUFFERED_BYTES + 8 + (generation - 1) * (OLD * BUFFERED_BYTES + 8);
    int latest = *(const int8_t *)(buffer + places * BUFFERED_BYTES);
    return latest >= 0 && latest < places ? buffer + latest * BUFFERED_BYTES + BUFFERED_COUNTS : 0;
}

static void describe_collector(struct recording_python_heap *record, uintptr_t gc)
{
    enum { LIST_SIZE = 16, THRESHOLD = 16, COUNT = 20 };
    record->is_enabled = int_at(gc, python_layout.gc_enabled) != 0;
    record->debug_flags = (uint32_t)int_at(gc, python_layout.gc_debug);
    record->is_collecting = python_collector_is_at_work(gc);
    uintptr_t lists = python_collector_generations(gc);
    for (int i = 0; i < 3 && lists; i++) {
        uintptr_t generation = lists + i * PYTHON_GC_GENERATION_BYTES;
        uintptr_t statistics = statistics_of(gc, i);
        record->generations[i].threshold = int_at(generation, THRESHOLD);
        record->generations[i].count = int_at(generation, COUNT);
        if (!statistics)
            continue;
        record->generations[i].collections = python_word(statistics, 0);
        record->generations[i].collected = python_word(statistics, 8);
        record->generations[i].uncollectable = python_word(statistics, 16);
    }
    uintptr_t garbage = python_word(gc, python_layout.gc_garbage);
    record->uncollectable_objects = garbage ? python_word(garbage, LIST_SIZE) : 0;
}

static void describe(void *context)
{
    describe_collector(context, python_interpreters_collector(python_interpreters_main()));
}

/* --- one object --- */

struct object_writer {
    struct scan_stream stream;
    struct recording_python_heap *record;
    size_t index;
    uintptr_t previous_address;
    size_t previous_target;
};

/* Without a block of its own: what the class says, and what is counted in items. */
static uint64_t size_by_class(uintptr_t object, const struct python_type *type)
{
    enum { SIZE = 16, ITEM_LIMIT = 1 << 30 };
    uint64_t size_bytes = type->before_bytes + (uint64_t)type->basic_bytes;
    if (type->item_bytes <= 0 || type->family == PYTHON_TYPE)
        return size_bytes;
    int64_t items = (int64_t)python_word(object, SIZE);
    if (type->family == PYTHON_INTEGER && python_layout.has_immortals)
        items >>= 3;
    if (items < 0)
        items = -items;
    return items < ITEM_LIMIT ? size_bytes + (uint64_t)items * (uint64_t)type->item_bytes
                              : size_bytes;
}

static uint64_t size_of(uintptr_t object, const struct python_type *type, uint32_t *flags)
{
    uintptr_t before = python_edges_is_collected(object, type) ? type->before_bytes : 0;
    size_t node = scan_index_find(object - before);
    if (node != SIZE_MAX && scan_nodes[node].address == object - before) {
        *flags |= RECORDING_PYTHON_IN_BLOCK;
        return scan_nodes[node].size_bytes;
    }
    return size_by_class(object, type);
}

/* Before 3.12 only objects in the interpreter's own data live for ever: with 999999999 references.
 */
static bool is_immortal(uintptr_t object)
{
    enum { STATIC_REFERENCES = 900000000 };
    if (python_layout.has_immortals)
        return (int32_t)python_word(object, 0) < 0;
    return python_word(object, 0) >= STATIC_REFERENCES;
}

static uint64_t references_of(uintptr_t object)
{
    return python_layout.has_immortals ? (uint32_t)python_word(object, 0) : python_word(object, 0);
}

static uint32_t flags_of(const struct python_object *object, const struct python_type *type)
{
    uint32_t flags = object->flags;
    if (python_edges_is_collected(object->address, type))
        flags |= RECORDING_PYTHON_COLLECTED;
    if (is_immortal(object->address))
        flags |= RECORDING_PYTHON_IMMORTAL;
    if (type->family == PYTHON_TYPE)
        flags |= RECORDING_PYTHON_TYPE;
    if (type->family == PYTHON_WEAK_REFERENCE)
        flags |= RECORDING_PYTHON_WEAK;
    if (type->has_finalizer)
        flags |= RECORDING_PYTHON_FINALIZER;
    return flags | python_locals_kept(object->address, type);
}

static void write_edge(const struct python_edge *edge, void *context)
{
    struct object_writer *writer = context;
    size_t target = python_objects_at(edge->target);
    if (target == SIZE_MAX)
        return;
    scan_stream_number(&writer->stream, (uint64_t)edge->label + 1);
    scan_stream_number(&writer->stream, edge->value);
    scan_stream_number(&writer->stream,
                       scan_stream_zigzag((int64_t)target - (int64_t)writer->previous_target));
    writer->previous_target = target;
    writer->record->edge_count++;
}

static void write_edges(void *context)
{
    struct object_writer *writer = context;
    uintptr_t object = python_objects[writer->index].address;
    const struct python_type *type = python_types_of(object);
    if (type->traverse && python_edges_is_collected(object, type))
        python_edges_of(object, type, write_edge, writer);
}

static void write_head(void *context)
{
    struct object_writer *writer = context;
    const struct python_object *object = &python_objects[writer->index];
    const struct python_type *type = python_types_of(object->address);
    uint32_t flags = flags_of(object, type);
    uint64_t size_bytes = size_of(object->address, type, &flags),
             references = references_of(object->address);
    scan_stream_number(&writer->stream, (object->address - writer->previous_address) / 8);
    scan_stream_number(&writer->stream, size_bytes);
    scan_stream_number(&writer->stream, type->index);
    scan_stream_number(&writer->stream, references);
    scan_stream_number(&writer->stream, flags);
    writer->previous_address = object->address;
    writer->previous_target = writer->index;
}

/*
 * A fault while the references are walked leaves the object without the rest of them; numbers are
 * only written between two steps of the walk, so the stream stays whole.
 */
static void write_objects(struct object_writer *writer)
{
    for (writer->index = 0; writer->index < python_object_count; writer->index++) {
        scan_guard_call(write_head, writer);
        if (!scan_guard_call(write_edges, writer))
            writer->record->broken_objects++;
        scan_stream_number(&writer->stream, 0);
    }
    writer->record->object_count = python_object_count;
}

/* --- names --- */

struct type_writer {
    struct scan_stream stream;
    uint32_t index;
    char name[512];
};

static void find_name(void *context)
{
    struct type_writer *writer = context;
    python_type_names_get(writer->index, writer->name, sizeof writer->name);
}

static void write_types(struct type_writer *writer, struct recording_python_heap *record)
{
    record->type_count = python_types_count();
    for (writer->index = 1; writer->index <= record->type_count; writer->index++) {
        if (!scan_guard_call(find_name, writer))
            writer->name[0] = 0;
        scan_stream_number(&writer->stream, strlen(writer->name));
        scan_stream_bytes(&writer->stream, writer->name, strlen(writer->name));
    }
}

/* --- frames --- */

struct root_writer {
    struct scan_stream stream;
    struct recording_python_heap *record;
};

static void write_local(const struct python_local *local, void *context)
{
    struct root_writer *writer = context;
    size_t target = python_objects_at(local->target);
    if (target == SIZE_MAX)
        return;
    scan_stream_number(&writer->stream, (uint64_t)(uint32_t)local->tid + 1);
    scan_stream_number(&writer->stream, local->function);
    scan_stream_number(&writer->stream, local->variable);
    scan_stream_number(&writer->stream, target);
    writer->record->root_count++;
}

static void write_roots(void *context)
{
    python_locals_running(write_local, context);
}

/* --- all together --- */

static struct recording_python_heap *new_record(const struct snapshot *snapshot)
{
    struct recording_chunk *chunk = recording_chunk_new(RECORDING_CHUNK_PYTHON, snapshot->number, 0,
                                                        0, sizeof(struct recording_python_heap));
    if (!chunk)
        return NULL;
    chunk->used = sizeof(struct recording_python_heap);
    return recording_chunk_payload(chunk);
}

static bool write_all(const struct snapshot *snapshot, struct recording_python_heap *record)
{
    uint64_t number = snapshot->number;
    static struct scan_stream texts;
    static struct object_writer objects;
    static struct type_writer types;
    static struct root_writer roots;
    texts = (struct scan_stream){.type = RECORDING_CHUNK_PYTHON_TEXTS, .snapshot = number};
    objects.stream =
        (struct scan_stream){.type = RECORDING_CHUNK_PYTHON_OBJECTS, .snapshot = number};
    types.stream = (struct scan_stream){.type = RECORDING_CHUNK_PYTHON_TYPES, .snapshot = number};
    roots.stream = (struct scan_stream){.type = RECORDING_CHUNK_PYTHON_ROOTS, .snapshot = number};
    objects.record = roots.record = record;
    if (!python_label_texts_start(&texts))
        return false;
    write_objects(&objects);
    scan_guard_call(write_roots, &roots);
    scan_stream_number(&roots.stream, 0);
    write_types(&types, record);
    record->text_count = python_label_texts_count();
    bool texts_done = scan_stream_finish(&texts),
         objects_done = scan_stream_finish(&objects.stream),
         types_done = scan_stream_finish(&types.stream),
         roots_done = scan_stream_finish(&roots.stream);
    return texts_done && objects_done && types_done && roots_done;
}

enum python_scan_result python_scan(const struct snapshot *snapshot)
{
    if (snapshot->record->flags & RECORDING_SNAPSHOT_OWN ||
        !python_interpreters_are_readable(snapshot->reason == RECORDING_AT_PYTHON_END))
        return PYTHON_SCAN_DONE;
    uint64_t start_ns = clock_ns();
    static struct recording_python_heap found;
    found.minor = python_layout.minor;
    if (!scan_guard_call(describe, &found) || !python_objects_find())
        return PYTHON_SCAN_DONE;
    struct recording_python_heap *record = new_record(snapshot);
    if (!record)
        return PYTHON_SCAN_FULL;
    found.broken_objects = python_objects_broken;
    found.unlisted = python_objects_unlisted;
    bool is_written = write_all(snapshot, &found);
    found.scan_ns = clock_ns() - start_ns;
    *record = found;
    return is_written ? PYTHON_SCAN_DONE : PYTHON_SCAN_FULL;
}
