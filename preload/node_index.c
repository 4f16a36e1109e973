/* SPDX-License-Identifier: MIT */
#include "preload/node_index.h"

#include <stdatomic.h>
#include <stddef.h>

#include "preload/private_memory.h"

/* A place holds hash << 32 | id, 0 while free, PLACE_CLOSED when it stays free for ever. */
#define PLACE_CLOSED UINT64_MAX
enum { INITIAL_BITS = 12, LIMIT_BITS = 27 };

struct node_index_table {
    unsigned bits;
    _Atomic uint32_t used;
    struct node_index_table *_Atomic next; /* successor, while and after it is filled from here */
    atomic_bool is_moved;                  /* everything is in the successor */
    _Atomic uint64_t places[];
};

static struct node_index_table *new_table(unsigned bits)
{
    struct node_index_table *table =
        private_memory_map(sizeof *table + (sizeof table->places[0] << bits));
    if (table != NULL)
        table->bits = bits;
    return table;
}

static uint32_t first_place(const struct node_index_table *table, uint32_t hash)
{
    return hash >> (32 - table->bits);
}

static uint32_t next_place(const struct node_index_table *table, uint32_t place)
{
    return (place + 1) & ((1u << table->bits) - 1);
}

/* Leaves an eighth free, so that every search ends. */
static bool reserve(struct node_index_table *table)
{
    uint32_t limit = 7u << (table->bits - 3);
    if (atomic_fetch_add_explicit(&table->used, 1, memory_order_relaxed) < limit)
        return true;
    atomic_fetch_sub_explicit(&table->used, 1, memory_order_relaxed);
    return false;
}

/* Nothing will be put into this place any more; returns what is in it. */
static uint64_t close_place(struct node_index_table *table, uint32_t place)
{
    uint64_t found = 0;
    if (atomic_compare_exchange_strong(&table->places[place], &found, PLACE_CLOSED))
        found = PLACE_CLOSED;
    return found;
}

/* Puts the id into a free place; returns what is in the place then. A full table with a successor is
   closed here, as it will be by the thread that moves it. */
static uint64_t take_place(struct node_index_table *table, uint32_t place, uint64_t mine)
{
    uint64_t found = 0;
    if (!reserve(table))
        return atomic_load_explicit(&table->next, memory_order_acquire) != NULL ? close_place(table, place)
                                                                                : 0;
    if (atomic_compare_exchange_strong(&table->places[place], &found, mine))
        return mine;
    atomic_fetch_sub_explicit(&table->used, 1, memory_order_relaxed);
    return found;
}

/*
 * Searches one table. Returns the id found, or the id put into the free place at the end of the search
 * when `id` is not 0. 0: not there, and *is_closed tells that the successor has to be asked.
 * wanted == NULL: the id is known to be nowhere, only its place is sought.
 */
static uint32_t search(struct node_index *index, struct node_index_table *table, uint32_t hash,
                       const void *wanted, uint32_t id, bool *is_closed)
{
    uint64_t mine = (uint64_t)hash << 32 | id;
    for (uint32_t place = first_place(table, hash);; place = next_place(table, place)) {
        uint64_t found = atomic_load_explicit(&table->places[place], memory_order_acquire);
        if (found == 0 && id != 0)
            found = take_place(table, place, mine);
        *is_closed = found == PLACE_CLOSED;
        if (found == 0 || *is_closed)
            return 0;
        if (found == mine && id != 0)
            return id;
        if (found >> 32 == hash && wanted != NULL && index->matches((uint32_t)found, wanted))
            return (uint32_t)found;
    }
}

static uint32_t search_all(struct node_index *index, uint32_t hash, const void *wanted, uint32_t id)
{
    struct node_index_table *table = atomic_load_explicit(&index->table, memory_order_acquire);
    bool is_closed = true;
    uint32_t result = 0;
    while (table != NULL && is_closed) {
        result = search(index, table, hash, wanted, id, &is_closed);
        table = atomic_load_explicit(&table->next, memory_order_acquire);
    }
    return result;
}

/* An id that was copied by another thread as well would be found twice, harmless: both are the same. */
static void move_to(struct node_index *index, struct node_index_table *from, struct node_index_table *to)
{
    for (uint32_t place = 0; place < 1u << from->bits; place++) {
        uint64_t found = close_place(from, place);
        bool is_closed = found != PLACE_CLOSED;
        for (struct node_index_table *into = to; is_closed && into != NULL;
             into = atomic_load_explicit(&into->next, memory_order_acquire))
            search(index, into, (uint32_t)(found >> 32), NULL, (uint32_t)found, &is_closed);
    }
    atomic_store(&from->is_moved, true);
}

/* Tables are left in order: one that is moved may come after one that is still being moved. */
static void leave_moved_tables(struct node_index *index)
{
    struct node_index_table *table = atomic_load(&index->table);
    while (atomic_load(&table->is_moved)) {
        struct node_index_table *next = atomic_load(&table->next);
        if (atomic_compare_exchange_strong(&index->table, &table, next))
            table = next;
    }
}

/* False when there is no room for a successor of `table`. */
static bool grow(struct node_index *index, struct node_index_table *table)
{
    struct node_index_table *expected = NULL;
    unsigned bits = table == NULL ? INITIAL_BITS : table->bits + 1;
    struct node_index_table *fresh = bits <= LIMIT_BITS ? new_table(bits) : NULL;
    if (fresh == NULL)
        return false;
    if (!atomic_compare_exchange_strong(table == NULL ? &index->table : &table->next, &expected, fresh)) {
        private_memory_unmap(fresh, sizeof *fresh + (sizeof fresh->places[0] << bits));
        return true; /* another thread does it */
    }
    if (table != NULL) {
        move_to(index, table, fresh);
        leave_moved_tables(index);
    }
    return true;
}

static struct node_index_table *newest_table(struct node_index *index)
{
    struct node_index_table *table = atomic_load_explicit(&index->table, memory_order_acquire);
    struct node_index_table *next = table;
    for (; next != NULL; next = atomic_load_explicit(&next->next, memory_order_acquire))
        table = next;
    return table;
}

uint32_t node_index_find(struct node_index *index, uint32_t hash, const void *wanted)
{
    return search_all(index, hash, wanted, 0);
}

static bool is_crowded(const struct node_index_table *table)
{
    uint32_t used = atomic_load_explicit(&((struct node_index_table *)table)->used, memory_order_relaxed);
    return used >= 3u << (table->bits - 2);
}

uint32_t node_index_add(struct node_index *index, uint32_t hash, const void *wanted, uint32_t id)
{
    struct node_index_table *table = newest_table(index);
    if (table == NULL || is_crowded(table))
        grow(index, table);
    uint32_t result = search_all(index, hash, wanted, id);
    /* Others may have filled it up meanwhile. */
    while (result == 0 && (table = newest_table(index)) != NULL && grow(index, table))
        result = search_all(index, hash, wanted, id);
    return result;
}

void node_index_restart_after_fork(struct node_index *index)
{
    struct node_index_table *table = atomic_load(&index->table);
    for (; table != NULL && atomic_load(&table->next) != NULL; table = atomic_load(&table->next))
        if (!atomic_load(&table->is_moved))
            move_to(index, table, atomic_load(&table->next));
    if (atomic_load(&index->table) != NULL)
        leave_moved_tables(index);
}
