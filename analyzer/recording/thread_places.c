/* SPDX-License-Identifier: MIT */
#include "analyzer/recording/thread_places.h"

#include <inttypes.h>
#include <stdlib.h>

#include "analyzer/recording/recording_stream.h"

struct key_table {
    uint64_t tid, start, first_key;
};

struct thread {
    uint64_t tid;
    size_t first_frame;
};

struct thread_places {
    struct thread_storage *storage; /* by start */
    struct key_table *keys;         /* by start */
    struct thread *threads;         /* by tid */
    struct thread_frame *frames;    /* thread after thread */
    struct thread_frame **by_start;
    size_t storage_count, storage_capacity, key_count, key_capacity;
    size_t thread_count, thread_capacity, frame_count, frame_capacity;
};

struct reader {
    struct thread_places *places;
    struct arena *arena;
    const struct recording *recording;
    struct recording_stream stream;
    uint64_t tid;
};

/* --- the stream --- */

static bool read_storage(struct reader *reader, uint64_t index)
{
    struct thread_places *places = reader->places;
    const struct recording_module *module = recording_module(reader->recording, index);
    uint64_t start;
    if (!module)
        return recording_stream_damaged(
            &reader->stream, "thread-local storage of a missing module, %" PRIu64, index);
    if (!recording_stream_number(&reader->stream, &start))
        return false;
    places->storage = arena_grow(reader->arena, places->storage, places->storage_count,
                                 &places->storage_capacity, sizeof *places->storage);
    places->storage[places->storage_count++] =
        (struct thread_storage){reader->tid, start, module->tls_bytes, (uint32_t)index};
    return true;
}

static bool read_keys(struct reader *reader, uint64_t table)
{
    struct thread_places *places = reader->places;
    uint64_t start;
    if (!recording_stream_number(&reader->stream, &start))
        return false;
    places->keys = arena_grow(reader->arena, places->keys, places->key_count, &places->key_capacity,
                              sizeof *places->keys);
    places->keys[places->key_count++] =
        (struct key_table){reader->tid, start, table * RECORDING_KEYS_IN_TABLE};
    return true;
}

static bool read_frame(struct reader *reader, uint64_t module_and_flags)
{
    struct thread_places *places = reader->places;
    struct thread_frame frame = {.module_and_flags = (uint32_t)module_and_flags};
    uint64_t index = module_and_flags & ~(uint64_t)RECORDING_STACK_EXACT_PC, step;
    if (index != RECORDING_NO_MODULE && !recording_module(reader->recording, index))
        return recording_stream_damaged(&reader->stream,
                                        "a thread's frame in a missing module, %" PRIu64, index);
    if (!recording_stream_number(&reader->stream, &frame.pc) ||
        !recording_stream_number(&reader->stream, &step))
        return false;
    bool is_first = places->frame_count == places->threads[places->thread_count - 1].first_frame;
    uint64_t before = is_first ? 0 : places->frames[places->frame_count - 1].start;
    frame.start = frame.end = before + recording_stream_signed(step);
    if (!is_first && places->frames[places->frame_count - 1].start < frame.start)
        places->frames[places->frame_count - 1].end = frame.start;
    places->frames = arena_grow(reader->arena, places->frames, places->frame_count,
                                &places->frame_capacity, sizeof *places->frames);
    places->frames[places->frame_count++] = frame;
    return true;
}

/* A list consists of entries that begin with a number, and ends with 0. */
static bool read_list(struct reader *reader, bool (*read_entry)(struct reader *, uint64_t))
{
    uint64_t number;
    for (;;) {
        if (!recording_stream_number(&reader->stream, &number))
            return false;
        if (number == 0)
            return true;
        if (!read_entry(reader, number - 1))
            return false;
    }
}

static bool read_thread(struct reader *reader)
{
    struct thread_places *places = reader->places;
    places->threads = arena_grow(reader->arena, places->threads, places->thread_count,
                                 &places->thread_capacity, sizeof *places->threads);
    places->threads[places->thread_count++] = (struct thread){reader->tid, places->frame_count};
    if (!read_list(reader, read_storage) || !read_list(reader, read_keys) ||
        !read_list(reader, read_frame))
        return false;
    bool has_frames = places->frame_count > places->threads[places->thread_count - 1].first_frame;
    if (!has_frames)
        places->thread_count--;
    else if (places->frames[places->frame_count - 1].pc)
        return recording_stream_damaged(
            &reader->stream, "thread %" PRIu64 " has frames without an end", reader->tid);
    return true;
}

static bool read_threads(struct reader *reader)
{
    for (;;) {
        if (!recording_stream_number(&reader->stream, &reader->tid))
            return false;
        if (reader->tid-- == 0)
            return true;
        if (!read_thread(reader))
            return false;
    }
}

/* --- order --- */

static int compare(uint64_t one, uint64_t other)
{
    return one < other ? -1 : one > other;
}

static int compare_storage(const void *left, const void *right)
{
    const struct thread_storage *one = left, *other = right;
    return compare(one->start, other->start);
}

static int compare_keys(const void *left, const void *right)
{
    const struct key_table *one = left, *other = right;
    return compare(one->start, other->start);
}

static int compare_threads(const void *left, const void *right)
{
    const struct thread *one = left, *other = right;
    return compare(one->tid, other->tid);
}

static int compare_frames(const void *left, const void *right)
{
    const struct thread_frame *const *one = left, *const *other = right;
    return compare((*one)->start, (*other)->start);
}

static void sort(void *all, size_t count, size_t element_bytes,
                 int (*order)(const void *, const void *))
{
    if (count)
        qsort(all, count, element_bytes, order);
}

static void settle(struct thread_places *places, struct arena *arena)
{
    places->by_start = arena_array(arena, places->frame_count, sizeof(*places->by_start));
    for (size_t i = 0; i < places->frame_count; i++)
        places->by_start[i] = &places->frames[i];
    sort(places->storage, places->storage_count, sizeof *places->storage, compare_storage);
    sort(places->keys, places->key_count, sizeof *places->keys, compare_keys);
    sort(places->threads, places->thread_count, sizeof *places->threads, compare_threads);
    sort(places->by_start, places->frame_count, sizeof(*places->by_start), compare_frames);
}

struct thread_places *thread_places_load(struct arena *arena, const struct recording *recording,
                                         uint64_t snapshot, struct error *error)
{
    struct thread_places *places = arena_alloc(arena, sizeof *places);
    struct reader reader = {.places = places, .arena = arena, .recording = recording};
    if (recording_stream_size(recording, RECORDING_CHUNK_PLACES, snapshot) == 0)
        return places;
    if (!recording_stream_open(&reader.stream, recording, arena, RECORDING_CHUNK_PLACES, snapshot,
                               error) ||
        !read_threads(&reader))
        return NULL;
    settle(places, arena);
    return places;
}

/* --- questions --- */

/* The last element that starts at or before the address; NULL when none does. */
static const void *find(const void *all, size_t count, size_t element_bytes,
                        uint64_t (*start_of)(const void *), uint64_t address)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (start_of((const char *)all + middle * element_bytes) <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? (const char *)all + (low - 1) * element_bytes : NULL;
}

static uint64_t start_of_frame(const void *frame)
{
    return (*(const struct thread_frame *const *)frame)->start;
}

static uint64_t start_of_storage(const void *storage)
{
    return ((const struct thread_storage *)storage)->start;
}

static uint64_t start_of_keys(const void *keys)
{
    return ((const struct key_table *)keys)->start;
}

static uint64_t tid_of(const void *thread)
{
    return ((const struct thread *)thread)->tid;
}

const struct thread_frame *thread_places_frame(const struct thread_places *places, uint64_t address)
{
    const struct thread_frame *const *found = find(
        places->by_start, places->frame_count, sizeof(*places->by_start), start_of_frame, address);
    return found && address < (*found)->end ? *found : NULL;
}

const struct thread_frame *thread_places_innermost(const struct thread_places *places, uint64_t tid)
{
    const struct thread *found =
        find(places->threads, places->thread_count, sizeof *places->threads, tid_of, tid);
    return found && found->tid == tid ? &places->frames[found->first_frame] : NULL;
}

const struct thread_storage *thread_places_storage(const struct thread_places *places,
                                                   uint64_t address)
{
    const struct thread_storage *found = find(places->storage, places->storage_count,
                                              sizeof *places->storage, start_of_storage, address);
    return found && address - found->start < found->size_bytes ? found : NULL;
}

const struct thread_storage *thread_places_storage_in(const struct thread_places *places,
                                                      uint64_t address, uint64_t size_bytes)
{
    const struct thread_storage *found = find(places->storage, places->storage_count,
                                              sizeof *places->storage, start_of_storage, address);
    const struct thread_storage *next = !found                   ? places->storage
                                        : found->start < address ? found + 1
                                                                 : found;
    bool is_there = next < places->storage + places->storage_count;
    return is_there && next->start - address < size_bytes ? next : NULL;
}

bool thread_places_key(const struct thread_places *places, uint64_t address, uint64_t *tid,
                       uint64_t *key)
{
    const struct key_table *found =
        find(places->keys, places->key_count, sizeof *places->keys, start_of_keys, address);
    if (!found || address - found->start >= RECORDING_KEYS_IN_TABLE * RECORDING_KEY_BYTES)
        return false;
    *tid = found->tid;
    *key = found->first_key + (address - found->start) / RECORDING_KEY_BYTES;
    return true;
}

bool thread_places_knows_keys(const struct thread_places *places)
{
    return places->key_count > 0;
}
