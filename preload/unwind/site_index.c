/* SPDX-License-Identifier: MIT */
#include "preload/unwind/site_index.h"

#include <stdatomic.h>
#include <stddef.h>

#include "preload/base/private_memory.h"
#include "preload/base/uncontended.h"

/* The hash of a place is 0 while the place is free, and HASH_CLOSED when it stays free for good.
   Its site is 0 until the thread that took the place has set it, and SITE_CLOSED when the table was
   moved before that. */
#define HASH_CLOSED UINT64_MAX
#define SITE_CLOSED UINT64_MAX
/* Look-ups in a large table miss the processor's caches. Large pages make a miss cheaper, and a
   filter that fits into the caches saves it for stacks that are new. */
enum { INITIAL_BITS = 11, LIMIT_BITS = 25, LARGE_PAGES_FROM_BITS = 17, FILTER_FROM_BITS = 14 };

struct site_index_place {
    _Atomic uint64_t hash, site;
};

struct site_index_table {
    uint64_t bits;
    struct site_index_table *_Atomic next; /* successor, while and after it is filled from here */
    atomic_bool is_moved; /* everything is in the successor, the places are given back */
    char padding[4096 - 3 * sizeof(void *)]; /* the places are pages of their own */
    struct site_index_place places[];
};
_Static_assert(sizeof(struct site_index_table) == 4096, "the places start at a page");

/* What a search asks for, and what came out of it. */
struct search {
    uint64_t hash;
    uint32_t site;  /* to be put where the search ends; 0: only look */
    uint32_t found; /* 0: not there */
    bool is_closed; /* not in this table, nor will it be: ask the successor */
};

/* Behind the places: two bits of a 64-bit word for each site, so that at most an eighth of the bits
   are set. It is a hint: when threads collide, a site may be in the table and not in the filter. */
static uint64_t filter_words(uint64_t bits)
{
    return bits < FILTER_FROM_BITS ? 0 : UINT64_C(1) << (bits - 4);
}

static _Atomic uint64_t *filter_word(struct site_index_table *table, uint64_t hash)
{
    _Atomic uint64_t *words = (_Atomic uint64_t *)&table->places[(size_t)1 << table->bits];
    return &words[hash >> 26 & (filter_words(table->bits) - 1)];
}

static uint64_t filter_bits(uint64_t hash)
{
    return UINT64_C(1) << (hash >> 58) | UINT64_C(1) << (hash >> 52 & 63);
}

static inline bool may_have(struct site_index_table *table, uint64_t hash)
{
    uint64_t wanted = filter_bits(hash);
    return table->bits < FILTER_FROM_BITS ||
           (atomic_load_explicit(filter_word(table, hash), memory_order_relaxed) & wanted) ==
               wanted;
}

static void note_in_filter(struct site_index_table *table, uint64_t hash)
{
    if (table->bits >= FILTER_FROM_BITS)
        uncontended_or(filter_word(table, hash), filter_bits(hash));
}

static size_t size_of_places(uint64_t bits)
{
    return (sizeof(struct site_index_place) << bits) + filter_words(bits) * sizeof(uint64_t);
}

static size_t size_of_table(uint64_t bits)
{
    return sizeof(struct site_index_table) + size_of_places(bits);
}

static struct site_index_table *new_table(unsigned bits)
{
    struct site_index_table *table = private_memory_map(size_of_table(bits));
    if (table == NULL)
        return NULL;
    if (bits >= LARGE_PAGES_FROM_BITS)
        private_memory_in_large_pages(table, size_of_table(bits));
    table->bits = bits;
    return table;
}

/* Closes the place; returns the hash that is in it. */
static uint64_t close_place(struct site_index_place *place)
{
    uint64_t found = atomic_load_explicit(&place->hash, memory_order_acquire);
    if (found == 0 && uncontended_exchange(&place->hash, &found, HASH_CLOSED))
        found = HASH_CLOSED;
    return found;
}

/* Every place holds another site, and sites are numbered upward: so an eighth stays free and every
   search ends. Beyond the other limit, searches for missing hashes get long. */
static bool is_full(const struct site_index_table *table, uint32_t site)
{
    return site >= 7u << (table->bits - 3);
}

static bool is_crowded(const struct site_index_table *table, uint32_t site)
{
    return site >= 1u << (table->bits - 1);
}

/* Puts the hash into a free place; returns what is in the place then. A full table with a successor
   is closed here, as it will be by the thread that moves it. */
static uint64_t take_place(struct site_index_table *table, struct site_index_place *place,
                           const struct search *search)
{
    uint64_t found = 0;
    if (is_full(table, search->site))
        return atomic_load(&table->next) != NULL ? close_place(place) : 0;
    if (uncontended_exchange(&place->hash, &found, search->hash))
        found = search->hash;
    return found;
}

/* The hash has its place, but the thread that took it may have been stopped before it set the
   site. */
static void settle(struct site_index_table *table, struct site_index_place *place,
                   struct search *search)
{
    uint64_t found = atomic_load_explicit(&place->site, memory_order_acquire);
    if (found == 0 && search->site != 0 && uncontended_exchange(&place->site, &found, search->site))
        found = search->site;
    if (search->site != 0)
        note_in_filter(table, search->hash);
    search->is_closed = found == SITE_CLOSED;
    search->found = search->is_closed ? 0 : (uint32_t)found;
}

static void search_table(struct site_index_table *table, struct search *search)
{
    uint64_t mask = (UINT64_C(1) << table->bits) - 1;
    for (uint64_t i = search->hash;; i++) {
        struct site_index_place *place = &table->places[i & mask];
        uint64_t found = atomic_load_explicit(&place->hash, memory_order_acquire);
        if (found == 0 && search->site != 0)
            found = take_place(table, place, search);
        if (found == search->hash)
            settle(table, place, search);
        search->is_closed |= found == HASH_CLOSED;
        if (found == 0 || found == search->hash || found == HASH_CLOSED)
            return;
    }
}

/* The places of a table whose pages were returned look free: what was found or put there proves
   nothing. */
static bool is_in_successor(const struct site_index_table *table, const struct search *search)
{
    return search->is_closed || atomic_load(&table->is_moved);
}

/* In this table and those that followed it. */
static uint32_t search_from(struct site_index_table *table, struct search *search)
{
    do {
        search->found = 0;
        search->is_closed = false;
        search_table(table, search);
        if (__builtin_expect(!is_in_successor(table, search), 1))
            return search->found;
        table = atomic_load(&table->next);
    } while (table != NULL);
    return 0;
}

static uint32_t search_all(struct site_index *index, uint64_t hash, uint32_t site)
{
    struct site_index_table *table = atomic_load_explicit(&index->table, memory_order_acquire);
    struct search search = {.hash = hash, .site = site};
    return table != NULL ? search_from(table, &search) : 0;
}

/* Prefetches the place while the caller makes the site that it will put there. */
uint32_t site_index_find(struct site_index *index, uint64_t hash)
{
    struct site_index_table *table = atomic_load_explicit(&index->table, memory_order_acquire);
    if (__builtin_expect(table == NULL, 0))
        return 0;
    struct site_index_place *place = &table->places[hash & ((UINT64_C(1) << table->bits) - 1)];
    __builtin_prefetch(place, 1);
    if (!may_have(table, hash))
        return 0;
    if (atomic_load_explicit(&place->hash, memory_order_acquire) == hash) {
        uint64_t site = atomic_load_explicit(&place->site, memory_order_acquire);
        if (__builtin_expect(site != 0 && site != SITE_CLOSED, 1))
            return (uint32_t)site;
    }
    struct search search = {.hash = hash};
    return search_from(table, &search);
}

/* If another thread copied the site too, that copy is found: both are the same. */
static void move_place(struct site_index_place *place, struct site_index_table *to)
{
    struct search search = {.hash = close_place(place)};
    if (search.hash == HASH_CLOSED)
        return;
    uint64_t site = atomic_load_explicit(&place->site, memory_order_acquire);
    if (site == 0 && atomic_compare_exchange_strong(&place->site, &site, SITE_CLOSED))
        return; /* its thread will put it into the successor */
    if (site == SITE_CLOSED)
        return;
    search.site = (uint32_t)site;
    search_from(to, &search);
}

static void move_to(struct site_index_table *from, struct site_index_table *to)
{
    for (size_t i = 0; i < (size_t)1 << from->bits; i++)
        move_place(&from->places[i], to);
    atomic_store(&from->is_moved, true);
    private_memory_give_back(from->places, size_of_places(from->bits));
}

/* In order: a table that has been moved may follow one that is still being moved. */
static void leave_moved_tables(struct site_index *index)
{
    struct site_index_table *table = atomic_load(&index->table);
    while (atomic_load(&table->is_moved)) {
        struct site_index_table *next = atomic_load(&table->next);
        if (atomic_compare_exchange_strong(&index->table, &table, next))
            table = next;
    }
}

/* False when there is no room for a successor of `table`. */
static bool grow(struct site_index *index, struct site_index_table *table)
{
    struct site_index_table *expected = NULL;
    unsigned bits = table == NULL ? INITIAL_BITS : (unsigned)table->bits + 1;
    struct site_index_table *fresh = bits <= LIMIT_BITS ? new_table(bits) : NULL;
    if (fresh == NULL)
        return false;
    if (!atomic_compare_exchange_strong(table == NULL ? &index->table : &table->next, &expected,
                                        fresh)) {
        private_memory_unmap(fresh, size_of_table(bits));
        return true; /* another thread does it */
    }
    if (table != NULL) {
        move_to(table, fresh);
        leave_moved_tables(index);
    }
    return true;
}

static struct site_index_table *newest_table(struct site_index *index)
{
    struct site_index_table *table = atomic_load_explicit(&index->table, memory_order_acquire);
    struct site_index_table *next = table;
    for (; next != NULL; next = atomic_load_explicit(&next->next, memory_order_acquire))
        table = next;
    return table;
}

uint32_t site_index_add(struct site_index *index, uint64_t hash, uint32_t site)
{
    struct site_index_table *table = newest_table(index);
    if (table == NULL || is_crowded(table, site))
        grow(index, table);
    uint32_t result = search_all(index, hash, site);
    /* Others may have filled it up meanwhile. */
    while (result == 0 && (table = newest_table(index)) != NULL && grow(index, table))
        result = search_all(index, hash, site);
    return result;
}

void site_index_restart_after_fork(struct site_index *index)
{
    struct site_index_table *table = atomic_load(&index->table);
    for (; table != NULL && atomic_load(&table->next) != NULL; table = atomic_load(&table->next))
        if (!atomic_load(&table->is_moved))
            move_to(table, atomic_load(&table->next));
    if (atomic_load(&index->table) != NULL)
        leave_moved_tables(index);
}
