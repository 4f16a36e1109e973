/* SPDX-License-Identifier: MIT */
#include "preload/counters.h"

#include <stdatomic.h>
#include <string.h>

#include "preload/clock.h"
#include "preload/live_blocks.h"
#include "preload/private_memory.h"
#include "preload/recording_writer.h"

/* As many as fit a page of the recording behind the chunk's header. */
enum {
    SITES_PER_CHUNK = 63,
    POINTERS_PER_PAGE = 512,
};

struct site_counters_page {
    struct recording_site_counters counters[SITES_PER_CHUNK];
};

/* Where counts go that found no room; never read. */
static struct recording_site_counters nowhere;

static struct site_counters_page *chunk_make(struct thread *thread, uint32_t index)
{
    struct site_counters_page *_Atomic **top = &thread->counters[index / POINTERS_PER_PAGE];
    if (!*top)
        *top = private_memory_map(POINTERS_PER_PAGE * sizeof **top);
    if (!*top)
        return NULL;
    struct recording_chunk *chunk =
        recording_chunk_new(RECORDING_CHUNK_COUNTERS, (uint64_t)index * SITES_PER_CHUNK, thread->slot,
                            0, sizeof(struct site_counters_page));
    if (!chunk)
        return NULL;
    chunk->used = sizeof(struct site_counters_page);
    struct site_counters_page *page = recording_chunk_payload(chunk);
    (*top)[index % POINTERS_PER_PAGE] = page;
    return page;
}

static inline struct recording_site_counters *counters_of(struct thread *thread, uint32_t site)
{
    uint32_t index = site / SITES_PER_CHUNK;
    struct site_counters_page *_Atomic *page = thread->counters[index / POINTERS_PER_PAGE];
    struct site_counters_page *chunk = page ? page[index % POINTERS_PER_PAGE] : NULL;
    if (__builtin_expect(!chunk, 0)) {
        chunk = chunk_make(thread, index);
        if (!chunk) {
            if (recording_is_open())
                recording_dropped(RECORDING_DROP_COUNTERS);
            return &nowhere;
        }
    }
    return &chunk->counters[site % SITES_PER_CHUNK];
}

static inline void remember_peak(struct recording_site_counters *counters)
{
    uint64_t peak = __atomic_load_n(&recording_header->peak_number, __ATOMIC_RELAXED);
    if (counters->peak_number != peak) {
        counters->bytes_at_peak = (int64_t)(counters->allocated_bytes - counters->freed_bytes);
        counters->peak_number = peak;
    }
}

static void peak_reached(uint64_t live_bytes)
{
    recording_header->peak_bytes = live_bytes;
    __atomic_fetch_add(&recording_header->peak_number, 1, __ATOMIC_RELAXED);
}

/*
 * What a thread may keep to itself: all of them together stay below 1/128 of the peak, or below
 * SMALL_SHARE_BYTES each in small heaps, where a shared counter per event would cost more than it tells.
 */
enum { SMALL_SHARE_BYTES = 4096 };
static int64_t share_bytes(uint32_t threads)
{
    int64_t share = (int64_t)(recording_header->peak_bytes >> 7) / threads;
    return share > SMALL_SHARE_BYTES ? share : SMALL_SHARE_BYTES;
}

static void flush(struct thread *thread, uint32_t threads)
{
    int64_t change = thread->unflushed_bytes;
    thread->unflushed_bytes -= change;
    uint64_t live = __atomic_add_fetch(&recording_header->live_bytes, (uint64_t)change, __ATOMIC_RELAXED);
    if (threads > 1)
        recording_header->peak_slack_bytes = (uint64_t)share_bytes(threads) * threads;
    if ((int64_t)live > (int64_t)recording_header->peak_bytes)
        peak_reached(live);
}

void counters_flush(struct thread *thread)
{
    flush(thread, threads_count());
}

/* A thread alone sees every peak by itself; it flushes for those who watch from outside. */
static inline void follow_live_bytes(struct thread *thread, int64_t change)
{
    uint32_t threads = threads_count();
    thread->unflushed_bytes += change;
    if (__builtin_expect(threads == 1, 1)) {
        int64_t live = (int64_t)recording_header->live_bytes + thread->unflushed_bytes;
        if (live > (int64_t)recording_header->peak_bytes)
            peak_reached((uint64_t)live);
    }
    int64_t share = share_bytes(threads);
    if (thread->unflushed_bytes > share || thread->unflushed_bytes < -share)
        flush(thread, threads);
}

void counters_allocated(struct thread *thread, uint32_t site, uint64_t size_bytes)
{
    struct recording_site_counters *counters = counters_of(thread, site);
    remember_peak(counters);
    counters->allocations++;
    counters->allocated_bytes += size_bytes;
    follow_live_bytes(thread, (int64_t)size_bytes);
}

void counters_freed(struct thread *thread, uint32_t site, uint64_t size_bytes, bool temporary)
{
    struct recording_site_counters *counters = counters_of(thread, site);
    remember_peak(counters);
    counters->frees++;
    counters->freed_bytes += size_bytes;
    counters->temporary += temporary;
    follow_live_bytes(thread, -(int64_t)size_bytes);
}

static struct recording_table inherited = {RECORDING_CHUNK_INHERITED, sizeof(struct recording_inherited),
                                           256, RECORDING_TABLE_CHUNKS, NULL, 0, 0};

static bool inherit(const struct live_block *block, void *context)
{
    (void)context;
    recording_header->inherited_blocks++;
    recording_header->inherited_bytes += block->size_bytes;
    while (atomic_load(&inherited.count) <= block->site)
        if (recording_table_add(&inherited) == UINT64_MAX)
            return true;
    struct recording_inherited *site = recording_table_get(&inherited, block->site);
    site->blocks++;
    site->bytes += block->size_bytes;
    return true;
}

void counters_restart_after_fork(void)
{
    for (uint32_t i = 0; i < threads_count(); i++) {
        struct thread *thread = threads_at(i);
        for (unsigned top = 0; thread && top < COUNTERS_TOP; top++)
            if (thread->counters[top])
                memset((void *)thread->counters[top], 0,
                       POINTERS_PER_PAGE * sizeof *thread->counters[top]);
    }
    recording_table_restart(&inherited, false);
    live_blocks_walk(inherit, NULL);
    recording_header->live_bytes = recording_header->inherited_bytes;
    recording_header->peak_bytes = recording_header->inherited_bytes;
    recording_header->peak_number = 1;
}
