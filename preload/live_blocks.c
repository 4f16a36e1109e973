/* SPDX-License-Identifier: MIT */
#include "preload/live_blocks.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "preload/private_memory.h"
#include "preload/recording_writer.h"

/* 2^17 roots of 1 GB, each with 2^18 pages of 4 KB, each with a leaf of a word per granule. */
enum {
    ROOT_BITS = 17,
    PAGE_BITS = 18,
    ARENA_BYTES = 4 << 20,
};

/*
 * A granule is as small as the distance of two blocks: 32 bytes with glibc's malloc, whose blocks are
 * aligned to 16, so that a word tells which half its block begins in; 16 bytes with others.
 */
static unsigned granule_shift = 4;
#define GRANULES (4096u >> granule_shift)
#define LEAF_BYTES (GRANULES * sizeof(uint64_t))

/*
 * A live word: bit 0 set, bits 1-3 kind, bit 4 root, bit 5 begins in the upper half, bits 6-29 site, bits
 * 30-63 size + 1. A word that was live and is freed: bit 1 alone, and bit 5.
 */
enum { KIND_SHIFT = 1, KIND_MASK = 7, ROOT_SHIFT = 4, HALF_SHIFT = 5, SITE_SHIFT = 6, SIZE_SHIFT = 30 };
#define WORD_LIVE 1ull
#define WORD_FREED 2ull
#define SIZE_LIMIT ((1ull << (64 - SIZE_SHIFT)) - 1)

void live_blocks_start(bool is_glibc)
{
    granule_shift = is_glibc ? 5 : 4;
}

static inline uint64_t half_of(uintptr_t address)
{
    return granule_shift == 5 ? (address >> 4 & 1) << HALF_SHIFT : 0;
}

static inline bool is_begun_at(uint64_t word, uintptr_t address)
{
    return (word & 1ull << HALF_SHIFT) == half_of(address);
}

typedef _Atomic uint64_t *leaf_words;
typedef _Atomic(leaf_words) *page_table;
static _Atomic(page_table) roots[1u << ROOT_BITS];
/* The roots in use lie in [lowest, highest]: a walk need not touch the others. */
static _Atomic uintptr_t lowest_root = UINTPTR_MAX, highest_root;

/*
 * Leaves come from arenas; the first leaf of an arena holds how much of it is used. No lock: a signal
 * handler may come in between. From the second on they are huge pages: look-ups in a large table miss the
 * TLB less, and a fork has fewer page tables to copy.
 */
struct arena {
    _Atomic uintptr_t used_bytes;
};
enum { HUGE_PAGE_BYTES = 2 << 20, MAPPING_BYTES = ARENA_BYTES + HUGE_PAGE_BYTES };
static _Atomic(struct arena *) current_arena;

static struct arena *arena_new(struct arena *full)
{
    uintptr_t mapping = (uintptr_t)private_memory_map(MAPPING_BYTES);
    if (!mapping)
        return NULL;
    struct arena *fresh =
        (struct arena *)((mapping + HUGE_PAGE_BYTES - 1) & ~(uintptr_t)(HUGE_PAGE_BYTES - 1));
    if (full) {
        int saved_errno = errno;
        madvise(fresh, ARENA_BYTES, MADV_HUGEPAGE);
        errno = saved_errno;
    }
    atomic_store_explicit(&fresh->used_bytes, LEAF_BYTES, memory_order_relaxed);
    if (atomic_compare_exchange_strong(&current_arena, &full, fresh))
        return fresh;
    private_memory_unmap((void *)mapping, MAPPING_BYTES);
    return full;
}

static leaf_words leaf_new(void)
{
    struct arena *arena = atomic_load_explicit(&current_arena, memory_order_acquire);
    for (;;) {
        uintptr_t at = arena ? atomic_fetch_add(&arena->used_bytes, LEAF_BYTES) : ARENA_BYTES;
        if (at + LEAF_BYTES <= (uintptr_t)ARENA_BYTES)
            return (leaf_words)((char *)arena + at);
        arena = arena_new(arena);
        if (!arena)
            return NULL;
    }
}

static void note_root(uintptr_t root)
{
    uintptr_t lowest = atomic_load(&lowest_root), highest = atomic_load(&highest_root);
    while (root < lowest && !atomic_compare_exchange_weak(&lowest_root, &lowest, root))
        ;
    while (root > highest && !atomic_compare_exchange_weak(&highest_root, &highest, root))
        ;
}

static page_table page_table_make(_Atomic(page_table) *root)
{
    note_root((uintptr_t)(root - roots));
    page_table expected = NULL, fresh = private_memory_map(sizeof(*fresh) << PAGE_BITS);
    if (!fresh)
        return NULL;
    if (atomic_compare_exchange_strong(root, &expected, fresh))
        return fresh;
    private_memory_unmap((void *)fresh, sizeof(*fresh) << PAGE_BITS);
    return expected;
}

static leaf_words leaf_make(uintptr_t address)
{
    _Atomic(page_table) *root = &roots[address >> 30];
    page_table pages = atomic_load_explicit(root, memory_order_acquire);
    if (!pages && !(pages = page_table_make(root)))
        return NULL;
    _Atomic(leaf_words) *slot = &pages[address >> 12 & ((1u << PAGE_BITS) - 1)];
    leaf_words leaf = atomic_load_explicit(slot, memory_order_acquire);
    if (leaf)
        return leaf;
    leaf_words expected = NULL, fresh = leaf_new();
    if (!fresh || atomic_compare_exchange_strong(slot, &expected, fresh))
        return fresh;
    return expected; /* the lost leaf is wasted: it happens a few times in a process */
}

static inline leaf_words leaf_find(uintptr_t address)
{
    if (address >> (ROOT_BITS + 30))
        return NULL;
    page_table pages = atomic_load_explicit(&roots[address >> 30], memory_order_acquire);
    if (!pages)
        return NULL;
    return atomic_load_explicit(&pages[address >> 12 & ((1u << PAGE_BITS) - 1)],
                                memory_order_acquire);
}

static inline _Atomic uint64_t *word_in(leaf_words leaf, uintptr_t address)
{
    return &leaf[address >> granule_shift & (GRANULES - 1)];
}

static inline _Atomic uint64_t *word_find(uintptr_t address)
{
    leaf_words leaf = leaf_find(address);
    return leaf ? word_in(leaf, address) : NULL;
}

static inline uint64_t word_of(const struct live_block *block)
{
    return WORD_LIVE | (uint64_t)block->kind << KIND_SHIFT |
           (uint64_t)block->is_root << ROOT_SHIFT | half_of(block->address) |
           (uint64_t)block->site << SITE_SHIFT | (block->size_bytes + 1) << SIZE_SHIFT;
}

static inline void block_of(uint64_t word, uintptr_t address, struct live_block *block)
{
    block->address = address;
    block->size_bytes = (word >> SIZE_SHIFT) - 1;
    block->site = (uint32_t)(word >> SITE_SHIFT) & 0xffffff;
    block->kind = (enum recording_block_kind)(word >> KIND_SHIFT & KIND_MASK);
    block->is_root = word >> ROOT_SHIFT & 1;
}

/* The side table: open addressing, one lock. Freed entries are taken again. */
enum { SIDE_START = 4096 };
static struct side_table {
    atomic_flag lock;
    size_t capacity, used;
    struct side_entry {
        struct live_block block;
        enum live_blocks_answer state;
    } *entries;
} side = {.lock = ATOMIC_FLAG_INIT};

static bool belongs_aside(uintptr_t address, uint64_t size_bytes)
{
    return (address & 15) || size_bytes + 1 > SIZE_LIMIT || address >> (ROOT_BITS + 30);
}

/* Gives up after a while: the holder may be this very thread, interrupted by a signal. */
static bool side_lock(void)
{
    for (int tries = 0; tries < 10000; tries++) {
        if (!atomic_flag_test_and_set_explicit(&side.lock, memory_order_acquire))
            return true;
        sched_yield();
    }
    return false;
}

static void side_unlock(void)
{
    atomic_flag_clear_explicit(&side.lock, memory_order_release);
}

static size_t side_hash(uintptr_t address)
{
    return (size_t)((address >> 3) * 0x9e3779b97f4a7c15ull >> 20);
}

/* The entry of the address, or an empty one; NULL while the table does not exist. */
static struct side_entry *side_entry(struct side_entry *entries, size_t capacity, uintptr_t address)
{
    if (!entries)
        return NULL;
    for (size_t i = side_hash(address);; i++) {
        struct side_entry *entry = &entries[i & (capacity - 1)];
        if (entry->state == LIVE_BLOCKS_UNKNOWN || entry->block.address == address)
            return entry;
    }
}

static bool side_grow(void)
{
    size_t capacity = side.capacity ? side.capacity * 2 : SIDE_START;
    struct side_entry *entries = private_memory_map(capacity * sizeof *entries);
    if (!entries)
        return false;
    size_t used = 0;
    for (size_t i = 0; i < side.capacity; i++)
        if (side.entries[i].state == LIVE_BLOCKS_LIVE) {
            *side_entry(entries, capacity, side.entries[i].block.address) = side.entries[i];
            used++;
        }
    if (side.entries)
        private_memory_unmap(side.entries, side.capacity * sizeof *entries);
    side.entries = entries;
    side.capacity = capacity;
    side.used = used;
    return true;
}

static bool side_add(const struct live_block *block)
{
    if (!side_lock())
        return false;
    bool room = side.used * 4 < side.capacity * 3 || side_grow();
    if (room) {
        struct side_entry *entry = side_entry(side.entries, side.capacity, block->address);
        side.used += entry->state == LIVE_BLOCKS_UNKNOWN;
        entry->block = *block;
        entry->state = LIVE_BLOCKS_LIVE;
    }
    side_unlock();
    return room;
}

static enum live_blocks_answer side_find(uintptr_t address, struct live_block *block, bool take)
{
    if (!side.entries || !side_lock())
        return LIVE_BLOCKS_UNKNOWN;
    struct side_entry *entry = side_entry(side.entries, side.capacity, address);
    enum live_blocks_answer answer = entry->state;
    if (answer == LIVE_BLOCKS_LIVE) {
        *block = entry->block;
        if (take)
            entry->state = LIVE_BLOCKS_FREED;
    }
    side_unlock();
    return answer;
}

bool live_blocks_add(const struct live_block *block)
{
    _Atomic uint64_t *word = NULL;
    if (__builtin_expect(belongs_aside(block->address, block->size_bytes), 0)) {
        if (side_add(block))
            return true;
    } else {
        leaf_words leaf = leaf_find(block->address);
        if (__builtin_expect(!leaf, 0))
            leaf = leaf_make(block->address);
        if (leaf)
            word = word_in(leaf, block->address);
    }
    if (__builtin_expect(!word, 0)) {
        recording_dropped(RECORDING_DROP_LIVE_TABLE);
        return false;
    }
    atomic_store_explicit(word, word_of(block), memory_order_release);
    return true;
}

static inline enum live_blocks_answer look_up(uintptr_t address, struct live_block *block, bool take)
{
    _Atomic uint64_t *word = address & 15 ? NULL : word_find(address);
    uint64_t value = word ? atomic_load_explicit(word, memory_order_relaxed) : 0;
    if (__builtin_expect(value & WORD_LIVE && is_begun_at(value, address), true)) {
        block_of(value, address, block);
        if (take)
            atomic_store_explicit(word, WORD_FREED | half_of(address), memory_order_relaxed);
        return LIVE_BLOCKS_LIVE;
    }
    enum live_blocks_answer aside = side_find(address, block, take);
    if (aside != LIVE_BLOCKS_UNKNOWN)
        return aside;
    bool was_here = (value & (WORD_LIVE | WORD_FREED)) == WORD_FREED && is_begun_at(value, address);
    return was_here ? LIVE_BLOCKS_FREED : LIVE_BLOCKS_UNKNOWN;
}

enum live_blocks_answer live_blocks_find(const void *address, struct live_block *block)
{
    return look_up((uintptr_t)address, block, false);
}

enum live_blocks_answer live_blocks_remove(const void *address, struct live_block *block)
{
    return look_up((uintptr_t)address, block, true);
}

void live_blocks_remove_if_same(const struct live_block *block)
{
    struct live_block now;
    if (belongs_aside(block->address, block->size_bytes)) {
        side_find(block->address, &now, true);
        return;
    }
    _Atomic uint64_t *word = word_find(block->address);
    uint64_t expected = word_of(block);
    if (word)
        atomic_compare_exchange_strong(word, &expected, WORD_FREED | half_of(block->address));
}

void live_blocks_set_kind(const void *address, enum recording_block_kind kind)
{
    _Atomic uint64_t *word = (uintptr_t)address & 15 ? NULL : word_find((uintptr_t)address);
    uint64_t value = word ? atomic_load_explicit(word, memory_order_relaxed) : 0;
    if (__builtin_expect(value & WORD_LIVE && is_begun_at(value, (uintptr_t)address), true)) {
        value = (value & ~((uint64_t)KIND_MASK << KIND_SHIFT)) | (uint64_t)kind << KIND_SHIFT;
        atomic_store_explicit(word, value, memory_order_relaxed);
        return;
    }
    struct live_block block;
    if (side_find((uintptr_t)address, &block, false) == LIVE_BLOCKS_LIVE) {
        block.kind = kind;
        side_add(&block);
    }
}

/* How far back a block is looked for that an address may lie in. */
enum { COVERING_LIMIT_BYTES = 64 << 20 };

bool live_blocks_covering(const void *address, struct live_block *block)
{
    uintptr_t at = (uintptr_t)address & ~(uintptr_t)15, wanted = (uintptr_t)address;
    uintptr_t limit = at > COVERING_LIMIT_BYTES ? at - COVERING_LIMIT_BYTES : 16;
    while (at >= limit) {
        leaf_words leaf = leaf_find(at);
        if (!leaf) {
            at = (at & ~(uintptr_t)4095) - 16;
            continue;
        }
        if (live_blocks_find((void *)at, block) == LIVE_BLOCKS_LIVE)
            return wanted - at < block->size_bytes;
        at -= 16;
    }
    return false;
}

static bool walk_leaf(leaf_words leaf, uintptr_t page, live_blocks_visitor *visit, void *context)
{
    for (unsigned i = 0; i < GRANULES; i++) {
        uint64_t word = atomic_load_explicit(&leaf[i], memory_order_relaxed);
        struct live_block block;
        if (!(word & WORD_LIVE))
            continue;
        block_of(word, page + ((uintptr_t)i << granule_shift) + (word >> HALF_SHIFT & 1) * 16, &block);
        if (!visit(&block, context))
            return false;
    }
    return true;
}

static bool walk_radix(live_blocks_visitor *visit, void *context)
{
    for (uintptr_t root = atomic_load(&lowest_root); root <= atomic_load(&highest_root); root++) {
        page_table pages = atomic_load_explicit(&roots[root], memory_order_acquire);
        for (uintptr_t page = 0; pages && page < 1u << PAGE_BITS; page++) {
            leaf_words leaf = atomic_load_explicit(&pages[page], memory_order_acquire);
            if (leaf && !walk_leaf(leaf, root << 30 | page << 12, visit, context))
                return false;
        }
    }
    return true;
}

void live_blocks_walk(live_blocks_visitor *visit, void *context)
{
    if (!walk_radix(visit, context))
        return;
    for (size_t i = 0; i < side.capacity; i++)
        if (side.entries[i].state == LIVE_BLOCKS_LIVE && !visit(&side.entries[i].block, context))
            return;
}

void live_blocks_restart_after_fork(void)
{
    side_unlock();
}
