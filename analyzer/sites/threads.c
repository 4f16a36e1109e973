/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/threads.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/text.h"

struct builder {
    struct arena *arena, *scratch;
    const struct sites *sites;
    struct thread *threads; /* by slot */
    struct thread_site **of_slot;
    size_t *capacities;
    uint64_t slot_count;
};

static void describe(struct builder *builder, uint64_t slot, const struct recording_thread *record)
{
    builder->threads[slot] = (struct thread){
        .tid = record->tid,
        .name = text_utf8(builder->arena, record->name, strnlen(record->name, sizeof record->name)),
        .real_time = record->flags & RECORDING_THREAD_REAL_TIME,
        .threads = record->threads,
    };
}

static void describe_all(struct builder *builder, const struct recording *recording)
{
    const struct recording_records *records = &recording->records[RECORDING_CHUNK_THREADS];
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_piece *piece = &records->pieces[i];
        const struct recording_thread *threads = piece->records;
        for (uint64_t k = 0; k < piece->count && piece->first + k < builder->slot_count; k++)
            describe(builder, piece->first + k, &threads[k]);
    }
}

static void add_site(struct builder *builder, uint64_t slot, uint64_t site,
                     const struct recording_site_counters *counters)
{
    struct thread *thread = &builder->threads[slot];
    thread->allocations += counters->allocations;
    thread->frees += counters->frees;
    if (counters->allocations == 0)
        return;
    builder->of_slot[slot] =
        arena_grow(builder->scratch, builder->of_slot[slot], thread->site_count,
                   &builder->capacities[slot], sizeof(**builder->of_slot));
    builder->of_slot[slot][thread->site_count++] = (struct thread_site){
        sites_get(builder->sites, site), counters->allocations, counters->allocated_bytes};
}

static void add_all_sites(struct builder *builder, const struct recording *recording)
{
    const struct recording_records *records = &recording->records[RECORDING_CHUNK_COUNTERS];
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_piece *piece = &records->pieces[i];
        const struct recording_site_counters *counters = piece->records;
        for (uint64_t k = 0; k < piece->count && piece->slot < builder->slot_count; k++)
            add_site(builder, piece->slot, piece->first + k, &counters[k]);
    }
}

static int compare_by_site(const void *left, const void *right)
{
    const struct thread_site *one = left, *other = right;
    return one->site < other->site ? -1 : one->site > other->site;
}

static int compare_by_allocations(const void *left, const void *right)
{
    const struct thread_site *one = left, *other = right;
    if (one->allocations != other->allocations)
        return one->allocations > other->allocations ? -1 : 1;
    return compare_by_site(left, right);
}

/* Merges sites of the recording that look the same to a reader. */
static size_t merge(struct thread_site *sites, size_t count)
{
    size_t kept = 0;
    if (count == 0)
        return 0;
    qsort(sites, count, sizeof *sites, compare_by_site);
    for (size_t i = 1; i < count; i++) {
        if (sites[i].site != sites[kept].site) {
            sites[++kept] = sites[i];
            continue;
        }
        sites[kept].allocations += sites[i].allocations;
        sites[kept].allocated_bytes += sites[i].allocated_bytes;
    }
    qsort(sites, kept + 1, sizeof *sites, compare_by_allocations);
    return kept + 1;
}

static size_t keep_used(struct builder *builder)
{
    size_t kept = 0;
    for (uint64_t slot = 0; slot < builder->slot_count; slot++) {
        struct thread thread = builder->threads[slot];
        if (thread.threads == 0)
            continue; /* its record was never finished */
        struct thread_site *used = builder->of_slot[slot];
        thread.site_count = merge(used, thread.site_count);
        struct thread_site *sites = arena_array(builder->arena, thread.site_count, sizeof *sites);
        if (thread.site_count)
            memcpy(sites, used, thread.site_count * sizeof *sites);
        thread.sites = sites;
        builder->threads[kept++] = thread;
    }
    return kept;
}

const struct thread *threads_list(struct arena *arena, const struct recording *recording,
                                  const struct sites *sites, size_t *thread_count)
{
    struct builder builder = {
        .arena = arena,
        .scratch = arena_child(arena),
        .sites = sites,
        .slot_count = recording->records[RECORDING_CHUNK_THREADS].end,
    };
    builder.threads = arena_array(arena, builder.slot_count, sizeof *builder.threads);
    builder.of_slot = arena_array(builder.scratch, builder.slot_count, sizeof(*builder.of_slot));
    builder.capacities =
        arena_array(builder.scratch, builder.slot_count, sizeof *builder.capacities);
    describe_all(&builder, recording);
    if (sites)
        add_all_sites(&builder, recording);
    *thread_count = keep_used(&builder);
    arena_free(builder.scratch);
    return builder.threads;
}
