/* SPDX-License-Identifier: MIT */
#include "preload/recording/recording_table.h"

#include <stdatomic.h>
#include <string.h>

#include "preload/base/private_memory.h"
#include "preload/base/uncontended.h"
#include "preload/recording/recording_writer.h"

static struct recording_chunk *_Atomic *table_directory(struct recording_table *table)
{
    struct recording_chunk *_Atomic *directory = __atomic_load_n(&table->chunks, __ATOMIC_ACQUIRE);
    if (directory)
        return directory;
    size_t size_bytes = RECORDING_TABLE_CHUNKS * sizeof *directory;
    struct recording_chunk *_Atomic *fresh = private_memory_map(size_bytes);
    if (!fresh)
        return NULL;
    if (__atomic_compare_exchange_n(&table->chunks, &directory, fresh, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
        return fresh;
    private_memory_unmap(fresh, size_bytes);
    return directory;
}

static size_t table_payload_bytes(const struct recording_table *table)
{
    return (size_t)table->record_bytes * (table->records_per_chunk - table->spare_per_chunk);
}

static bool table_chunk(struct recording_table *table, uint64_t index)
{
    struct recording_chunk *_Atomic *directory = table_directory(table);
    if (!directory || index >= table->chunk_limit)
        return false;
    if (atomic_load_explicit(&directory[index], memory_order_acquire))
        return true;
    size_t payload = table_payload_bytes(table);
    struct recording_chunk *chunk =
        recording_chunk_new(table->type, index * table->records_per_chunk, 0, 0, payload);
    if (!chunk)
        return false;
    struct recording_chunk *expected = NULL;
    /* A chunk that lost the race stays empty: its `used` is 0. */
    if (atomic_compare_exchange_strong(&directory[index], &expected, chunk))
        __atomic_store_n(&chunk->used, payload, __ATOMIC_RELEASE);
    return true;
}

uint64_t recording_table_take(struct recording_table *table, uint32_t wanted)
{
    uint32_t per_chunk = table->records_per_chunk, room = per_chunk - table->spare_per_chunk;
    uint64_t count = atomic_load_explicit(&table->count, memory_order_relaxed), first;
    do {
        bool fits = (count & (per_chunk - 1)) + wanted <= room;
        first = fits ? count : (count / per_chunk + 1) * per_chunk;
        /* The chunk first: an id is only taken when its record exists. */
        if (!table_chunk(table, first / per_chunk))
            return UINT64_MAX;
    } while (!uncontended_exchange(&table->count, &count, first + wanted));
    return first;
}

uint64_t recording_table_add(struct recording_table *table)
{
    return recording_table_take(table, 1);
}

void *recording_table_get(const struct recording_table *table, uint64_t id)
{
    if (id >= atomic_load_explicit(&table->count, memory_order_acquire))
        return NULL;
    struct recording_chunk *chunk =
        atomic_load_explicit(&table->chunks[id / table->records_per_chunk], memory_order_acquire);
    return (char *)recording_chunk_payload(chunk) +
           (id & (table->records_per_chunk - 1)) * table->record_bytes;
}

bool recording_table_restart(struct recording_table *table, bool keep)
{
    struct recording_chunk *_Atomic *old = table->chunks;
    uint64_t count = atomic_load(&table->count);
    table->chunks = NULL;
    atomic_store(&table->count, 0);
    if (!old)
        return true;
    uint64_t room = table->records_per_chunk - table->spare_per_chunk;
    bool done = true;
    for (uint64_t i = 0; keep && i * table->records_per_chunk < count; i++) {
        if (!table_chunk(table, i)) {
            done = false;
            break;
        }
        /* Only what existed at the fork: the parent keeps adding records behind it. */
        uint64_t start = i * table->records_per_chunk, end = start + table->records_per_chunk;
        uint64_t records = count - start < room ? count - start : room;
        memcpy(recording_chunk_payload(table->chunks[i]), recording_chunk_payload(old[i]),
               records * table->record_bytes);
        atomic_store(&table->count, end < count ? end : count);
    }
    private_memory_unmap((void *)old, RECORDING_TABLE_CHUNKS * sizeof *old);
    return done;
}
