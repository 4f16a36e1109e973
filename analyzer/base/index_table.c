/* SPDX-License-Identifier: MIT */
#include "analyzer/base/index_table.h"

enum { FIRST_SLOTS = 64 };

static void put(struct index_table *table, struct index_slot entry)
{
    size_t slot = entry.hash;
    while (table->slots[slot & (table->slot_count - 1)].index)
        slot++;
    table->slots[slot & (table->slot_count - 1)] = entry;
}

static void grow(struct index_table *table)
{
    struct index_table larger = {
        .arena = table->arena,
        .slot_count = table->slot_count ? 2 * table->slot_count : FIRST_SLOTS,
        .used = table->used,
    };
    larger.slots = arena_array(larger.arena, larger.slot_count, sizeof *larger.slots);
    for (size_t slot = 0; slot < table->slot_count; slot++)
        if (table->slots[slot].index)
            put(&larger, table->slots[slot]);
    *table = larger;
}

void index_table_add(struct index_table *table, uint64_t hash, uint32_t index)
{
    if (2 * table->used >= table->slot_count)
        grow(table);
    put(table, (struct index_slot){(uint32_t)hash, index + 1});
    table->used++;
}
