/* SPDX-License-Identifier: MIT */
#include "analyzer/recording/site_counts.h"

#include <string.h>

struct cell_sums {
    uint64_t of_kind[RECORDING_CELL_KINDS];
    bool has_bytes_at_peak;
};

static void add_cells(struct cell_sums *sums, const struct recording_cells *cells)
{
    for (unsigned i = 0; i < RECORDING_CELLS; i++) {
        uint8_t kind = cells->kinds[i];
        if (kind < RECORDING_CELL_KINDS)
            sums->of_kind[kind] += cells->counts[i];
        sums->has_bytes_at_peak |= kind == RECORDING_CELL_BYTES_AT_PEAK;
    }
}

static void read_cells(struct cell_sums *sums, const struct recording *recording, uint32_t slot,
                       uint32_t lifetimes)
{
    uint32_t id = lifetimes & ~RECORDING_LIFETIMES_IN_CELLS;
    const struct recording_cells *cells;
    memset(sums, 0, sizeof *sums);
    for (; id && (cells = recording_cells(recording, slot, id)); id = cells->next)
        add_cells(sums, cells);
}

static int64_t bytes_at_peak(const struct recording_site_counters *record,
                             const struct cell_sums *sums)
{
    if (sums->has_bytes_at_peak)
        return (int64_t)sums->of_kind[RECORDING_CELL_BYTES_AT_PEAK];
    return (int32_t)record->bytes_at_peak;
}

static uint64_t carried(const struct cell_sums *sums, enum recording_cell_kind kind)
{
    return sums->of_kind[kind] << 32;
}

static void add_cell_sums(struct site_counts *counts, const struct cell_sums *sums)
{
    counts->allocations += carried(sums, RECORDING_CELL_ALLOCATIONS);
    counts->allocated_bytes += carried(sums, RECORDING_CELL_ALLOCATED_BYTES);
    counts->frees += carried(sums, RECORDING_CELL_FREES);
    counts->freed_bytes += carried(sums, RECORDING_CELL_FREED_BYTES);
    counts->temporary += carried(sums, RECORDING_CELL_TEMPORARY);
}

void site_counts_read(struct site_counts *counts, const struct recording *recording, uint32_t slot,
                      const struct recording_site_counters *record)
{
    struct cell_sums sums;
    *counts = (struct site_counts){
        .allocations = record->allocations,
        .allocated_bytes = record->allocated_bytes,
        .frees = record->frees,
        .freed_bytes = record->freed_bytes,
        .temporary = record->temporary,
        .peak_bytes = (int32_t)record->bytes_at_peak,
    };
    if (record->lifetimes & RECORDING_LIFETIMES_IN_CELLS) {
        read_cells(&sums, recording, slot, record->lifetimes);
        add_cell_sums(counts, &sums);
        counts->peak_bytes = bytes_at_peak(record, &sums);
    }
    if (record->peak_number != (uint32_t)recording->header.peak_number)
        counts->peak_bytes = (int64_t)(counts->allocated_bytes - counts->freed_bytes);
}

/* Those that have no room of their own are the shortest. */
static void add_rest(uint64_t lifetimes[RECORDING_LIFETIMES], uint64_t frees, uint64_t longer)
{
    lifetimes[0] += frees > longer ? frees - longer : 0;
}

static void add_noted(uint64_t lifetimes[RECORDING_LIFETIMES], uint32_t frees, uint32_t noted)
{
    uint64_t longer = 0;
    for (; noted; noted >>= RECORDING_LIFETIME_BITS) {
        uint32_t order = noted & ((1 << RECORDING_LIFETIME_BITS) - 1);
        if (order >= 2 && order <= RECORDING_LIFETIMES) {
            lifetimes[order - 1]++;
            longer++;
        }
    }
    add_rest(lifetimes, frees, longer);
}

void site_counts_add_lifetimes(uint64_t lifetimes[RECORDING_LIFETIMES],
                               const struct recording *recording, uint32_t slot,
                               const struct recording_site_counters *record)
{
    struct cell_sums sums;
    uint64_t longer = 0;
    if (!(record->lifetimes & RECORDING_LIFETIMES_IN_CELLS)) {
        add_noted(lifetimes, record->frees, record->lifetimes);
        return;
    }
    read_cells(&sums, recording, slot, record->lifetimes);
    for (unsigned order = 2; order <= RECORDING_LIFETIMES; order++) {
        lifetimes[order - 1] += sums.of_kind[order];
        longer += sums.of_kind[order];
    }
    add_rest(lifetimes, record->frees + carried(&sums, RECORDING_CELL_FREES), longer);
}
