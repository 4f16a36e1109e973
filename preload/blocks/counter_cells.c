/* SPDX-License-Identifier: MIT */
#include "preload/blocks/counter_cells.h"

#include "preload/recording/recording_writer.h"
#include "preload/recording/slot_records.h"

_Static_assert(sizeof(struct recording_cells) == SLOT_RECORD_BYTES, "cells are records of a slot");
_Static_assert(RECORDING_LIFETIMES < 1 << RECORDING_LIFETIME_BITS, "a lifetime fits its bits");

uint64_t *counter_cells_find(struct thread *thread, const struct recording_site_counters *counters,
                             enum recording_cell_kind kind)
{
    if (!(counters->lifetimes & RECORDING_LIFETIMES_IN_CELLS))
        return NULL;
    uint32_t id = counters->lifetimes & ~RECORDING_LIFETIMES_IN_CELLS;
    struct recording_cells *cells;
    while (id && (cells = slot_records_find(&thread->cells, id))) {
        for (unsigned i = 0; i < RECORDING_CELLS; i++)
            if (cells->kinds[i] == kind)
                return &cells->counts[i];
        id = cells->next;
    }
    return NULL;
}

/* A new record at the chain's head; 0 when there is no room. */
static uint32_t add_record(struct thread *thread, uint32_t next)
{
    uint32_t id = ++thread->cell_count;
    struct recording_cells *cells = slot_records_find(&thread->cells, id);
    if (!cells)
        cells = slot_records_make(&thread->cells, RECORDING_CHUNK_CELLS, thread->slot, id);
    if (!cells) {
        thread->cell_count--;
        recording_dropped(RECORDING_DROP_COUNTERS);
        return 0;
    }
    cells->next = next;
    return id;
}

/* A free cell of the chain's head, which is made when it is full or there is none. */
static uint64_t *new_cell(struct thread *thread, struct recording_site_counters *counters,
                          enum recording_cell_kind kind)
{
    uint32_t id = counters->lifetimes & ~RECORDING_LIFETIMES_IN_CELLS;
    struct recording_cells *cells = slot_records_find(&thread->cells, id);
    if (id == 0 || !cells || cells->kinds[RECORDING_CELLS - 1]) {
        id = add_record(thread, id);
        if (!id)
            return NULL;
        cells = slot_records_find(&thread->cells, id);
        counters->lifetimes = RECORDING_LIFETIMES_IN_CELLS | id;
    }
    unsigned i = 0;
    while (cells->kinds[i])
        i++;
    cells->kinds[i] = (uint8_t)kind;
    return &cells->counts[i];
}

static uint64_t *cell_of(struct thread *thread, struct recording_site_counters *counters,
                         enum recording_cell_kind kind)
{
    uint64_t *cell = counter_cells_find(thread, counters, kind);
    return __builtin_expect(cell != NULL, 1) ? cell : new_cell(thread, counters, kind);
}

/* The lifetimes that were noted in the counters themselves move to cells. */
static void move_lifetimes(struct thread *thread, struct recording_site_counters *counters)
{
    uint32_t noted = counters->lifetimes;
    counters->lifetimes = RECORDING_LIFETIMES_IN_CELLS;
    for (; noted; noted >>= RECORDING_LIFETIME_BITS) {
        uint32_t kind = noted & ((1 << RECORDING_LIFETIME_BITS) - 1);
        uint64_t *cell = cell_of(thread, counters, kind);
        if (cell)
            ++*cell;
    }
}

__attribute__((noinline)) void counter_cells_add(struct thread *thread,
                                                 struct recording_site_counters *counters,
                                                 enum recording_cell_kind kind, uint64_t amount)
{
    if (__builtin_expect(!(counters->lifetimes & RECORDING_LIFETIMES_IN_CELLS), 0))
        move_lifetimes(thread, counters);
    uint64_t *cell = cell_of(thread, counters, kind);
    if (cell)
        *cell += amount;
}

__attribute__((noinline)) void counter_cells_set(struct thread *thread,
                                                 struct recording_site_counters *counters,
                                                 enum recording_cell_kind kind, uint64_t value)
{
    uint64_t *cell = counter_cells_find(thread, counters, kind);
    if (cell)
        *cell = value;
    else
        counter_cells_add(thread, counters, kind, value);
}

static inline uint32_t kind_of_lifetime(uint64_t lived_ns)
{
    uint64_t units = lived_ns >> RECORDING_LIFETIME_SHIFT | 1;
    uint32_t kind = 65 - (uint32_t)__builtin_clzll(units);
    return kind < RECORDING_LIFETIMES ? kind : RECORDING_LIFETIMES;
}

void counter_cells_add_lifetime(struct thread *thread, struct recording_site_counters *counters,
                                uint64_t lived_ns)
{
    enum { NOTED_BITS = RECORDING_LIFETIME_BITS * RECORDING_LIFETIMES_NOTED };
    uint32_t kind = kind_of_lifetime(lived_ns), noted = counters->lifetimes;
    if (noted >> (NOTED_BITS - RECORDING_LIFETIME_BITS) == 0)
        counters->lifetimes = noted << RECORDING_LIFETIME_BITS | kind;
    else
        counter_cells_add(thread, counters, kind, 1);
}
