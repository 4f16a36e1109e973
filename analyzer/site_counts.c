/* SPDX-License-Identifier: MIT */
#include "analyzer/site_counts.h"

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
    if (lifetimes & RECORDING_LIFETIMES_IN_CELLS) {
        uint32_t id = lifetimes & ~RECORDING_LIFETIMES_IN_CELLS;
        const struct recording_cells *cells;
        for (; id && (cells = recording_cells(recording, slot, id)); id = cells->next)
            add_cells(sums, cells);
        return;
    }
    for (; lifetimes; lifetimes >>= RECORDING_LIFETIME_BITS)
        sums->of_kind[lifetimes & ((1 << RECORDING_LIFETIME_BITS) - 1)]++;
}

static void fill_lifetimes(struct site_counts *counts, const struct cell_sums *sums)
{
    uint64_t longer = 0;
    for (unsigned order = 2; order <= RECORDING_LIFETIMES; order++) {
        counts->lifetimes[order - 1] = sums->of_kind[order];
        longer += sums->of_kind[order];
    }
    counts->lifetimes[0] = counts->frees > longer ? counts->frees - longer : 0;
}

static int64_t bytes_at_peak(const struct recording_site_counters *record, const struct cell_sums *sums)
{
    if (sums->has_bytes_at_peak)
        return (int64_t)sums->of_kind[RECORDING_CELL_BYTES_AT_PEAK];
    return (int32_t)record->bytes_at_peak;
}

static uint64_t whole(uint32_t low, const struct cell_sums *sums, enum recording_cell_kind kind)
{
    return low + (sums->of_kind[kind] << 32);
}

void site_counts_read(struct site_counts *counts, const struct recording *recording, uint32_t slot,
                      const struct recording_site_counters *record)
{
    struct cell_sums sums;
    memset(&sums, 0, sizeof sums);
    read_cells(&sums, recording, slot, record->lifetimes);
    counts->allocations = whole(record->allocations, &sums, RECORDING_CELL_ALLOCATIONS);
    counts->allocated_bytes = whole(record->allocated_bytes, &sums, RECORDING_CELL_ALLOCATED_BYTES);
    counts->frees = whole(record->frees, &sums, RECORDING_CELL_FREES);
    counts->freed_bytes = whole(record->freed_bytes, &sums, RECORDING_CELL_FREED_BYTES);
    counts->temporary = whole(record->temporary, &sums, RECORDING_CELL_TEMPORARY);
    bool is_of_peak = record->peak_number == (uint32_t)recording->header.peak_number;
    counts->peak_bytes = is_of_peak ? bytes_at_peak(record, &sums)
                                    : (int64_t)(counts->allocated_bytes - counts->freed_bytes);
    fill_lifetimes(counts, &sums);
}
