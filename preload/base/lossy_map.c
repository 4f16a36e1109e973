/* SPDX-License-Identifier: MIT */
#include "preload/base/lossy_map.h"

#include "preload/base/private_memory.h"

static size_t size_of_table(unsigned bits)
{
    return sizeof(struct lossy_map_table) + (sizeof(struct lossy_map_entry) << bits);
}

static struct lossy_map_table *new_table(unsigned bits)
{
    struct lossy_map_table *table = private_memory_map(size_of_table(bits));
    if (table != NULL)
        table->mask = (UINT64_C(1) << bits) - 1;
    return table;
}

/* Reserves one entry. A quarter of the table stays free, so that every search is short and ends. */
static bool reserve(struct lossy_map_table *table)
{
    uint64_t limit = (table->mask + 1) / 4 * 3;
    if (atomic_load_explicit(&table->used, memory_order_relaxed) >= limit)
        return false;
    atomic_fetch_add_explicit(&table->used, 1, memory_order_relaxed);
    return true;
}

static void insert(struct lossy_map_table *table, uint64_t key, uint64_t value)
{
    for (uint64_t place = key;; place++) {
        struct lossy_map_entry *entry = &table->entries[place & table->mask];
        uint64_t found = atomic_load_explicit(&entry->key, memory_order_relaxed);
        if (found == 0) {
            if (!reserve(table))
                return;
            if (!atomic_compare_exchange_strong(&entry->key, &found, key) && found != key)
                continue;
        } else if (found != key) {
            continue;
        }
        atomic_store_explicit(&entry->value, value, memory_order_release); /* may be a pointer */
        return;
    }
}

static void copy_entries(const struct lossy_map_table *from, struct lossy_map_table *to)
{
    for (uint64_t i = 0; i <= from->mask; i++) {
        uint64_t key = atomic_load_explicit(&from->entries[i].key, memory_order_relaxed);
        uint64_t value = atomic_load_explicit(&from->entries[i].value, memory_order_relaxed);
        if (key != 0 && value != 0)
            insert(to, key, value);
    }
}

/* Entries put into the old table meanwhile are lost. A reader that is still in the old table finds
   zeros once its pages are returned: no entries, and no room for any. */
static void grow(struct lossy_map *map)
{
    if (atomic_flag_test_and_set(&map->growing))
        return;
    struct lossy_map_table *old = atomic_load(&map->table);
    unsigned old_bits = old == NULL ? 0 : (unsigned)__builtin_popcountll(old->mask);
    unsigned bits = old == NULL ? map->initial_bits : old_bits + 1;
    struct lossy_map_table *table = bits <= map->limit_bits ? new_table(bits) : NULL;
    if (table != NULL) {
        if (old != NULL)
            copy_entries(old, table);
        atomic_store_explicit(&map->table, table, memory_order_release);
        if (old != NULL)
            private_memory_give_back(old, size_of_table(old_bits));
    }
    atomic_flag_clear(&map->growing);
}

/* More than half full: searches get long. */
static bool is_crowded(const struct lossy_map *map, struct lossy_map_table *table)
{
    return table == NULL ||
           (table->mask >> (map->limit_bits - 1) == 0 &&
            atomic_load_explicit(&table->used, memory_order_relaxed) > table->mask / 2);
}

void lossy_map_put(struct lossy_map *map, uint64_t key, uint64_t value)
{
    if (is_crowded(map, atomic_load_explicit(&map->table, memory_order_acquire)))
        grow(map);
    struct lossy_map_table *table = atomic_load_explicit(&map->table, memory_order_acquire);
    if (table != NULL && key != 0)
        insert(table, key, value);
}

void lossy_map_forget(struct lossy_map *map, bool (*stale)(uint64_t key, uint64_t value))
{
    struct lossy_map_table *table = atomic_load_explicit(&map->table, memory_order_acquire);
    for (uint64_t i = 0; table != NULL && i <= table->mask; i++) {
        struct lossy_map_entry *entry = &table->entries[i];
        uint64_t value = atomic_load_explicit(&entry->value, memory_order_relaxed);
        if (value != 0 && stale(atomic_load_explicit(&entry->key, memory_order_relaxed), value))
            atomic_store_explicit(&entry->value, 0, memory_order_relaxed);
    }
}

void lossy_map_restart_after_fork(struct lossy_map *map)
{
    atomic_flag_clear(&map->growing);
}
