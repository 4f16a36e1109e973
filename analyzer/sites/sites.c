/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/sites.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/sites/fingerprint.h"
#include "analyzer/base/hash.h"
#include "analyzer/base/index_table.h"
#include "analyzer/sites/lifetimes.h"
#include "analyzer/recording/site_counts.h"
#include "analyzer/sites/stack_digests.h"
#include "analyzer/sites/suppressions.h"

static void add_counters(struct raw_site *raw, const struct recording_site_counters *counters,
                         int64_t peak_bytes)
{
    raw->allocations += counters->allocations;
    raw->allocated_bytes += counters->allocated_bytes;
    raw->frees += counters->frees;
    raw->freed_bytes += counters->freed_bytes;
    raw->temporary += counters->temporary;
    raw->peak_bytes = (int64_t)((uint64_t)raw->peak_bytes + (uint64_t)peak_bytes);
}

static void add_all_counters(struct raw_site *raw, uint64_t id_end,
                             const struct recording *recording)
{
    const struct recording_records *records = &recording->records[RECORDING_CHUNK_COUNTERS];
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_piece *piece = &records->pieces[i];
        const struct recording_site_counters *counters = piece->records;
        for (uint64_t k = 0; k < piece->count && piece->first + k < id_end; k++)
            add_counters(&raw[piece->first + k], &counters[k],
                         site_counts_peak_bytes(recording, &counters[k]));
    }
}

static void add_all_inherited(struct raw_site *raw, uint64_t id_end,
                              const struct recording *recording)
{
    const struct recording_records *records = &recording->records[RECORDING_CHUNK_INHERITED];
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_piece *piece = &records->pieces[i];
        const struct recording_inherited *inherited = piece->records;
        for (uint64_t k = 0; k < piece->count && piece->first + k < id_end; k++) {
            struct raw_site *site = &raw[piece->first + k];
            site->inherited_blocks += inherited[k].blocks;
            site->inherited_bytes += inherited[k].bytes;
            site->peak_bytes = (int64_t)((uint64_t)site->peak_bytes + inherited[k].bytes);
        }
    }
}

struct raw_site *sites_raw(struct arena *arena, const struct recording *recording, uint64_t *id_end)
{
    uint64_t end = recording->records[RECORDING_CHUNK_SITES].end;
    *id_end = end ? end : 1;
    struct raw_site *raw = arena_array(arena, *id_end, sizeof *raw);
    add_all_counters(raw, *id_end, recording);
    add_all_inherited(raw, *id_end, recording);
    return raw;
}

/* Counters of running threads are not from one moment, so a sum may come out below zero. */
static uint64_t left(uint64_t had, uint64_t gone)
{
    return had > gone ? had - gone : 0;
}

static void add_carries(uint64_t (*frees)[RECORDING_LIFETIMES], const struct sites *sites,
                        const struct recording *recording)
{
    const struct recording_records *records = &recording->records[RECORDING_CHUNK_CARRIES];
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_carry *carries = records->pieces[i].records;
        for (uint64_t k = 0; k < records->pieces[i].count; k++)
            if (carries[k].site < sites->id_end)
                site_counts_add_carry(frees[sites->of_id[carries[k].site]], &carries[k]);
    }
}

/* Of the sites by their final places. Summed up by site first: what is left is little to sort. */
static void add_lifetimes(struct lifetimes *lifetimes, const struct sites *sites,
                          const struct recording *recording)
{
    const struct recording_records *records = &recording->records[RECORDING_CHUNK_COUNTERS];
    uint64_t(*frees)[RECORDING_LIFETIMES] =
        arena_array(lifetimes->arena, sites->all_count, sizeof *frees);
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_piece *piece = &records->pieces[i];
        const struct recording_site_counters *counters = piece->records;
        for (uint64_t k = 0; k < piece->count && piece->first + k < sites->id_end; k++)
            if (counters[k].frees)
                site_counts_add_lifetimes(frees[sites->of_id[piece->first + k]], &counters[k]);
    }
    add_carries(frees, sites, recording);
    for (size_t site = 0; site < sites->all_count; site++)
        for (uint32_t order = 0; order < RECORDING_LIFETIMES; order++)
            lifetimes_add(lifetimes, site, order, frees[site][order]);
}

struct figures sites_figures(const struct raw_site *raw)
{
    return (struct figures){
        .allocations = raw->allocations,
        .allocated_bytes = raw->allocated_bytes,
        .frees = raw->frees,
        .freed_bytes = raw->freed_bytes,
        .live_blocks = left(raw->inherited_blocks + raw->allocations, raw->frees),
        .live_bytes = left(raw->inherited_bytes + raw->allocated_bytes, raw->freed_bytes),
        .peak_bytes = raw->peak_bytes > 0 ? (uint64_t)raw->peak_bytes : 0,
        .temporary_allocations = raw->temporary,
    };
}

/* --- merging --- */

static bool same_text(const char *one, const char *other)
{
    return one == other || (one && other && strcmp(one, other) == 0);
}

/* To a reader, two calls on one line are the same; without lines the offset tells calls apart. */
static bool same_frame(const struct frame *one, const struct frame *other)
{
    return same_text(one->function, other->function) && same_text(one->file, other->file) &&
           one->line == other->line && same_text(one->module_path, other->module_path) &&
           one->inlined == other->inlined && (one->line != 0 || one->offset == other->offset);
}

static bool same_stack(const struct stack *one, const struct stack *other)
{
    if (one->frame_count != other->frame_count || one->cut != other->cut)
        return false;
    for (size_t i = 0; i < one->frame_count; i++)
        if (!same_frame(&one->frames[i], &other->frames[i]))
            return false;
    return true;
}

/* Thousands of stacks go through one function, whose name is mostly at one place in memory. */
struct hashed_text {
    const char *text;
    uint64_t hash;
};

enum { HASHED_TEXTS = 1 << 13 };

/* Which sites look the same. */
struct merge_table {
    struct index_table table;
    struct hashed_text *texts; /* the last one of each place */
};

static uint64_t hash_function(struct merge_table *table, const char *text)
{
    size_t place = hash_mix(0, (uintptr_t)text) % HASHED_TEXTS;
    struct hashed_text *known = &table->texts[place];
    if (known->text != text)
        *known = (struct hashed_text){text, hash_text(0, text)};
    return known->hash;
}

static uint64_t hash_stack(struct merge_table *table, const struct stack *stack)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < stack->frame_count; i++) {
        const struct frame *frame = &stack->frames[i];
        hash = hash_mix(hash, frame->function ? hash_function(table, frame->function) : 0);
        hash = hash_mix(hash, frame->line ? frame->line : frame->offset);
    }
    return hash;
}

static struct site *add_site(struct sites *sites, struct index_table *table, uint64_t hash,
                             const struct stack *stack)
{
    struct site *site = &sites->all[sites->all_count];
    site->stack = *stack;
    index_table_add(table, hash, (uint32_t)sites->all_count++);
    return site;
}

static size_t find_or_add(struct sites *sites, struct merge_table *table, const struct stack *stack)
{
    uint64_t hash = hash_stack(table, stack);
    struct index_search search = index_table_search(&table->table, hash);
    uint32_t index;
    while (index_table_next(&search, &index))
        if (same_stack(&sites->all[index].stack, stack))
            return index;
    struct site *site = add_site(sites, &table->table, hash, stack);
    fingerprint_print(site->fingerprint, fingerprint_stack(stack));
    return sites->all_count - 1;
}

/* Tells sites apart whose whole stacks are not wanted. */
struct digest_table {
    struct index_table table;
    struct stack_digests *digests;
    struct stack_digest *of_site; /* by index in all */
};

static uint64_t hash_digest(const struct stack_digest *digest)
{
    return hash_mix(hash_mix(0, (uintptr_t)digest->line), (uintptr_t)digest->place);
}

static size_t find_or_add_digest(struct sites *sites, struct arena *arena,
                                 struct digest_table *digests, uint32_t node)
{
    struct stack_digest digest = stack_digests_get(digests->digests, node);
    uint64_t hash = hash_digest(&digest);
    struct index_search search = index_table_search(&digests->table, hash);
    uint32_t index;
    while (index_table_next(&search, &index)) {
        const struct stack_digest *other = &digests->of_site[index];
        if (other->line == digest.line && other->place == digest.place)
            return index;
    }
    struct stack stack = stack_digests_stack(arena, &digest);
    digests->of_site[sites->all_count] = digest;
    add_site(sites, &digests->table, hash, &stack);
    return sites->all_count - 1;
}

static void merge(struct sites *sites, struct arena *arena, struct arena *scratch,
                  struct stacks *stacks, const struct raw_site *raw, const bool *whole)
{
    const struct recording *recording = stacks_recording(stacks);
    struct merge_table table = {
        .table = {.arena = scratch},
        .texts = arena_array(scratch, HASHED_TEXTS, sizeof *table.texts),
    };
    struct digest_table digests = {.table = {.arena = scratch}};
    if (whole) {
        digests.digests = stack_digests_new(scratch, recording, stacks);
        digests.of_site = arena_array(scratch, sites->id_end, sizeof *digests.of_site);
    }
    for (uint64_t id = 0; id < sites->id_end; id++) {
        const struct recording_site *site = recording_site(recording, id);
        struct stack stack = {0};
        if (whole && !whole[id]) {
            sites->of_id[id] = find_or_add_digest(sites, arena, &digests, site ? site->stack : 0);
        } else {
            if (site)
                stack = stacks_get(stacks, site->stack);
            sites->of_id[id] = find_or_add(sites, &table, &stack);
        }
        const struct figures figures = sites_figures(&raw[id]);
        figures_add(&sites->all[sites->of_id[id]].figures, &figures);
    }
}

static void name_pool(struct sites *sites, struct stacks *stacks)
{
    const struct recording *recording = stacks_recording(stacks);
    for (uint64_t id = 0; id < sites->id_end; id++) {
        const struct recording_site *record = recording_site(recording, id);
        struct site *site = &sites->all[sites->of_id[id]];
        if (record && site->stack.frame_count && !site->called &&
            suppressions_is_nameless_pool(stacks, recording, record->stack, &site->stack.frames[0]))
            site->called = "libstdc++'s emergency pool";
    }
}

/* --- order --- */

static bool is_used(const struct site *site)
{
    return site->figures.allocations || site->figures.live_blocks || site->figures.peak_bytes ||
           site->figures.frees;
}

static int descending(uint64_t one, uint64_t other)
{
    return one > other ? -1 : one < other;
}

static int compare_sites(const void *left_site, const void *right_site)
{
    const struct site *one = *(const struct site *const *)left_site;
    const struct site *other = *(const struct site *const *)right_site;
    const uint64_t keys[][2] = {
        {is_used(one), is_used(other)},
        {one->figures.peak_bytes, other->figures.peak_bytes},
        {one->figures.live_bytes, other->figures.live_bytes},
        {one->figures.allocated_bytes, other->figures.allocated_bytes},
        {one->figures.allocations, other->figures.allocations},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i][0] != keys[i][1])
            return descending(keys[i][0], keys[i][1]);
    int order = strcmp(one->fingerprint, other->fingerprint);
    return order ? order : one < other ? -1 : one > other;
}

static void sort(struct sites *sites, struct arena *arena, struct arena *scratch)
{
    struct site **order = arena_array(scratch, sites->all_count, sizeof(*order));
    size_t *place = arena_array(scratch, sites->all_count, sizeof *place);
    struct site *sorted = arena_array(arena, sites->all_count, sizeof *sorted);
    for (size_t i = 0; i < sites->all_count; i++)
        order[i] = &sites->all[i];
    qsort(order, sites->all_count, sizeof(*order), compare_sites);
    for (size_t i = 0; i < sites->all_count; i++) {
        sorted[i] = *order[i];
        place[order[i] - sites->all] = i;
        sites->count += is_used(order[i]);
    }
    for (uint64_t id = 0; id < sites->id_end; id++)
        sites->of_id[id] = place[sites->of_id[id]];
    sites->all = sorted;
}

void sites_load(struct sites *sites, struct arena *arena, struct stacks *stacks,
                const struct raw_site *raw, uint64_t id_end, const bool *whole)
{
    struct arena *scratch = arena_child(arena);
    *sites = (struct sites){.id_end = id_end};
    sites->of_id = arena_array(arena, sites->id_end, sizeof *sites->of_id);
    sites->all = arena_array(scratch, sites->id_end, sizeof *sites->all);
    merge(sites, arena, scratch, stacks, raw, whole);
    name_pool(sites, stacks);
    sort(sites, arena, scratch);
    struct lifetimes lifetimes = {.arena = scratch};
    add_lifetimes(&lifetimes, sites, stacks_recording(stacks));
    lifetimes_sum(&lifetimes, arena, sites->all, sites->all_count);
    arena_free(scratch);
}

struct site *sites_get(const struct sites *sites, uint64_t id)
{
    return &sites->all[sites->of_id[id < sites->id_end ? id : 0]];
}

/* The clock behind the time of the peak is a little less exact than the others. */
static uint64_t peak_after_ns(const struct recording_header *header)
{
    uint64_t after_ns =
        header->peak_ns > header->started_ns ? header->peak_ns - header->started_ns : 0;
    uint64_t all_ns =
        header->ended_ns > header->started_ns ? header->ended_ns - header->started_ns : after_ns;
    return after_ns < all_ns ? after_ns : all_ns;
}

/* What the sites held at the peak is exact; the header's own figure misses what threads had not yet
 * told it. */
static void add_to_peak(struct totals *totals, uint64_t sites_bytes)
{
    if (totals->peak_bytes >= sites_bytes)
        return;
    uint64_t found = sites_bytes - totals->peak_bytes;
    totals->peak_slack_bytes -= found < totals->peak_slack_bytes ? found : totals->peak_slack_bytes;
    totals->peak_bytes = sites_bytes;
}

void sites_sum(const struct sites *sites, struct arena *arena, const struct recording *recording,
               struct totals *totals)
{
    const struct recording_header *header = &recording->header;
    struct figures sum = {0};
    for (size_t i = 0; i < sites->count; i++)
        figures_add(&sum, &sites->all[i].figures);
    *totals = (struct totals){
        .allocations = sum.allocations,
        .allocated_bytes = sum.allocated_bytes,
        .frees = sum.frees,
        .live_blocks = sum.live_blocks,
        .live_bytes = sum.live_bytes,
        .temporary_allocations = sum.temporary_allocations,
        .peak_bytes = header->peak_bytes,
        .peak_slack_bytes = header->peak_slack_bytes,
        .inherited_blocks = header->inherited_blocks,
        .inherited_bytes = header->inherited_bytes,
        .forked_beside_threads = header->forked_beside_threads != 0,
        .threads = header->threads_seen,
        .peak_after_ns = peak_after_ns(header),
    };
    add_to_peak(totals, sum.peak_bytes);
    lifetimes_total(arena, sites->all, sites->count, &totals->lifetimes, &totals->lifetime_count);
    if (totals->peak_bytes < totals->live_bytes)
        totals->peak_bytes =
            totals->live_bytes; /* reached since the last check, within the slack */
    for (int kind = 0; kind < RECORDING_DROP_KINDS; kind++)
        totals->dropped += header->dropped[kind];
}
