/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LOSSY_MAP_H
#define LEAKGRAPH_LOSSY_MAP_H

/*
 * A lock-free map of 64-bit words that may lose entries: use it for values that can be computed
 * again. It starts small, doubles up to a limit and then takes no more. The table before a doubling
 * stays mapped, because a reader may still be in it, but its pages are returned. Any number of
 * threads and signal handlers may use it at once; no malloc, no lock.
 *
 * The low bits of a key choose its slot, so keys whose low bits vary need no hash.
 *
 *     static struct lossy_map map = {.initial_bits = 10, .limit_bits = 18};
 *     value = lossy_map_get(&map, key);          0 when unknown; keys and values are never 0
 *     lossy_map_put(&map, key, value);
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lossy_map_entry {
    _Atomic uint64_t key, value;
};

struct lossy_map_table {
    uint64_t mask; /* number of entries - 1 */
    _Atomic uint64_t used;
    struct lossy_map_entry entries[];
};

struct lossy_map {
    unsigned initial_bits, limit_bits; /* log2 of the number of entries */
    struct lossy_map_table *_Atomic table;
    atomic_flag growing;
};

static inline uint64_t lossy_map_get(const struct lossy_map *map, uint64_t key)
{
    const struct lossy_map_table *table = atomic_load_explicit(&map->table, memory_order_acquire);
    if (table == NULL)
        return 0;
    for (uint64_t place = key;; place++) {
        const struct lossy_map_entry *entry = &table->entries[place & table->mask];
        uint64_t found = atomic_load_explicit(&entry->key, memory_order_relaxed);
        if (found == key)
            return atomic_load_explicit(&entry->value, memory_order_acquire);
        if (found == 0) /* every table has an empty slot: none is ever full */
            return 0;
    }
}

void lossy_map_put(struct lossy_map *map, uint64_t key, uint64_t value);

/* Forgets the entries for which stale() is true. */
void lossy_map_forget(struct lossy_map *map, bool (*stale)(uint64_t key, uint64_t value));

/* In a forked child: a thread that was growing the map does not exist here. */
void lossy_map_restart_after_fork(struct lossy_map *map);

#endif
