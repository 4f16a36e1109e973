/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_INDEX_TABLE_H
#define LEAKGRAPH_INDEX_TABLE_H

/*
 * A hash table of indices into an array that its owner keeps and compares: "is there one like this
 * already, and where?" The table knows hashes only, so one table serves all kinds of things.
 *
 *     struct index_table table = {.arena = arena};
 *     struct index_search search = index_table_search(&table, hash);
 *     uint32_t index;
 *     while (index_table_next(&search, &index))
 *         if (is_same(&things[index], wanted)) return index;
 *     index_table_add(&table, hash, thing_count);
 *     things[thing_count++] = *wanted;
 *
 * All of it is the arena's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"

struct index_slot {
    uint32_t hash, index; /* index + 1; 0: free */
};

struct index_table {
    struct arena *arena;
    struct index_slot *slots; /* open addressing, at most half full */
    size_t slot_count, used;
};

/* The hash must be mixed well in its lower 32 bits. */
void index_table_add(struct index_table *table, uint64_t hash, uint32_t index);

struct index_search {
    const struct index_table *table;
    size_t slot;
    uint32_t hash;
};

static inline struct index_search index_table_search(const struct index_table *table, uint64_t hash)
{
    return (struct index_search){table, (uint32_t)hash, (uint32_t)hash};
}

/* The next index that was added with this hash; false when there are no more. */
static inline bool index_table_next(struct index_search *search, uint32_t *index)
{
    const struct index_table *table = search->table;
    if (!table->slot_count)
        return false;
    for (;; search->slot++) {
        const struct index_slot *slot = &table->slots[search->slot & (table->slot_count - 1)];
        if (!slot->index)
            return false;
        if (slot->hash != search->hash)
            continue;
        *index = slot->index - 1;
        search->slot++;
        return true;
    }
}

#endif
