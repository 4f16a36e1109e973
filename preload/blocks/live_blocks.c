/* SPDX-License-Identifier: MIT */
#include "preload/blocks/live_blocks.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "preload/base/private_memory.h"
#include "preload/recording/recording_writer.h"

/* 2^17 roots of 1 GB, each with 2^18 pages of 4 KB, each with a leaf of a word per granule. */
enum {
    ROOT_BITS = 17,
    PAGE_BITS = 18,
    ARENA_BYTES = 4 << 20,
};

/*
 * A granule is as small as the distance of two blocks: 32 bytes with glibc's malloc, whose blocks
 * are aligned to 16, so that a word tells which half its block begins in; 16 bytes with others.
 */
static unsigned granule_shift = 4;
#define GRANULES (4096u >> granule_shift)
#define LEAF_BYTES (GRANULES * sizeof(uint64_t))

/*
 * A live word: bit 0 set, bits 1-3 kind, bit 4 root, bit 5 begins in the upper half, bits 6-29
 * site, bit 30 small. A word that was live and is freed: bit 1 alone, and bit 5.
 *
 * No block begins in the second granule of one that is not small: its word holds when the block was
 * born (bits 6-63, the others are those of a block that began there before), and bits 31-63 of the
 * first the size. A small block has its size in bits 31-36 and above them a rounded birth.
 */
enum {
    KIND_SHIFT = 1,
    KIND_MASK = 7,
    ROOT_SHIFT = 4,
    HALF_SHIFT = 5,
    SITE_SHIFT = 6,
    SIZE_SHIFT = 31
};
enum { SMALL_SIZE_BITS = 6, ROUNDED_SHIFT = SIZE_SHIFT + SMALL_SIZE_BITS, BIRTH_SHIFT = 6 };
#define WORD_LIVE 1ull
#define WORD_FREED 2ull
#define WORD_SMALL (1ull << 30)
#define WORD_BEFORE (WORD_FREED | 1ull << HALF_SHIFT)
#define SIZE_LIMIT (1ull << (64 - SIZE_SHIFT))

/*
 * The largest block that another may begin within two granules of. 40 bytes are a chunk of 48 of
 * glibc's; 48 are so in Python's pools, where chunks have no header.
 */
enum { SMALL_BYTES_OF_PYTHON = RECORDING_ROUNDED_BIRTH_BYTES };
static uint64_t small_bytes = 16;

/* Bit 4 where an address has to tell in which half of its granule a block begins. */
static uintptr_t half_mask;

void live_blocks_start(bool is_glibc)
{
    granule_shift = is_glibc ? 5 : 4;
    small_bytes = is_glibc ? 40 : 16;
    half_mask = is_glibc ? 16 : 0;
}

/*
 * A rounded birth is a floating number of 5 bits exponent and 22 bits mantissa, counted in 64
 * ticks: exact to 30 ns in the first tenth of a second, to a four millionth of the process's age
 * later. Later ones are not less.
 */
enum { ROUNDED_UNIT_SHIFT = 6, MANTISSA_BITS = RECORDING_BIRTH_BITS };
#define MANTISSA_ONE (1ull << MANTISSA_BITS)

static inline uint64_t round_birth(uint64_t ticks)
{
    uint64_t units = ticks >> ROUNDED_UNIT_SHIFT;
    unsigned shift = 63 - MANTISSA_BITS - (unsigned)__builtin_clzll(units | MANTISSA_ONE);
    return ((uint64_t)shift << MANTISSA_BITS) + (units >> shift);
}

static inline uint64_t unround_birth(uint64_t rounded)
{
    uint64_t exponent = rounded >> MANTISSA_BITS;
    uint64_t units =
        exponent ? ((rounded & (MANTISSA_ONE - 1)) | MANTISSA_ONE) << (exponent - 1) : rounded;
    return units << ROUNDED_UNIT_SHIFT;
}

static inline uint64_t half_of(uintptr_t address)
{
    return (address & half_mask) << (HALF_SHIFT - 4);
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
 * Leaves come from arenas; the first leaf of an arena holds how much of it is used. No lock: a
 * signal handler may come in between. From the second on they are huge pages: look-ups in a large
 * table miss the TLB less, and a fork has fewer page tables to copy.
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

static __attribute__((noinline)) leaf_words leaf_make(uintptr_t address)
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

static inline bool is_small(const struct live_block *block)
{
    return block->size_bytes <= small_bytes ||
           (block->kind == RECORDING_KIND_PYTHON && block->size_bytes <= SMALL_BYTES_OF_PYTHON);
}

/* Python's smallest objects lie so near to one another that two begin in one granule. */
static inline bool is_taken(_Atomic uint64_t *word, const struct live_block *block)
{
    uint64_t value =
        block->kind == RECORDING_KIND_PYTHON ? atomic_load_explicit(word, memory_order_relaxed) : 0;
    return value & WORD_LIVE && !is_begun_at(value, block->address);
}

static inline uint64_t word_of(const struct live_block *block)
{
    uint64_t word = WORD_LIVE | (uint64_t)block->kind << KIND_SHIFT |
                    (uint64_t)block->is_root << ROOT_SHIFT | half_of(block->address) |
                    (uint64_t)block->site << SITE_SHIFT | block->size_bytes << SIZE_SHIFT;
    if (is_small(block))
        word |= WORD_SMALL | round_birth(block->birth_ticks) << ROUNDED_SHIFT;
    return word;
}

/* The word after a block's first one: in the next page's leaf for the last granule of a page. */
static inline _Atomic uint64_t *second_word(_Atomic uint64_t *first, uintptr_t address, bool make)
{
    uintptr_t second = address + ((uintptr_t)1 << granule_shift);
    if (__builtin_expect((address ^ second) >> 12 == 0, 1))
        return first + 1;
    leaf_words leaf = make ? leaf_make(second) : leaf_find(second);
    return leaf ? word_in(leaf, second) : NULL;
}

static inline uint64_t birth_of(_Atomic uint64_t *first, uint64_t word, uintptr_t address)
{
    if (word & WORD_SMALL)
        return unround_birth(word >> ROUNDED_SHIFT);
    _Atomic uint64_t *second = second_word(first, address, false);
    return second ? atomic_load_explicit(second, memory_order_relaxed) >> BIRTH_SHIFT : 0;
}

static inline void set_birth(_Atomic uint64_t *first, uintptr_t address, uint64_t birth_ticks)
{
    _Atomic uint64_t *second = second_word(first, address, true);
    if (!second)
        return;
    uint64_t before = atomic_load_explicit(second, memory_order_relaxed) & WORD_BEFORE;
    atomic_store_explicit(second, before | birth_ticks << BIRTH_SHIFT, memory_order_relaxed);
}

static inline void block_of(_Atomic uint64_t *first, uint64_t word, uintptr_t address,
                            struct live_block *block)
{
    uint64_t size_bits = word >> SIZE_SHIFT;
    block->address = address;
    block->size_bytes = word & WORD_SMALL ? size_bits & ((1 << SMALL_SIZE_BITS) - 1) : size_bits;
    block->birth_ticks = birth_of(first, word, address);
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
    } * entries;
} side = {.lock = ATOMIC_FLAG_INIT};

static bool belongs_aside(uintptr_t address, uint64_t size_bytes)
{
    return (address & 15) || size_bytes >= SIZE_LIMIT || address >> (ROOT_BITS + 30);
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
    struct side_entry *old = side.entries;
    size_t old_capacity = side.capacity;
    /* A quiet snapshot's child may be born between any two of these: it must never meet pages that
     * are gone. */
    __atomic_store_n(&side.entries, entries, __ATOMIC_RELEASE);
    __atomic_store_n(&side.capacity, capacity, __ATOMIC_RELEASE);
    side.used = used;
    if (old)
        private_memory_unmap(old, old_capacity * sizeof *entries);
    return true;
}

static __attribute__((noinline)) bool side_add(const struct live_block *block)
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

static __attribute__((noinline)) enum live_blocks_answer
side_find(uintptr_t address, struct live_block *block, bool take)
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

/* By value: what is passed by its address would be kept in memory all the way. */
static __attribute__((noinline)) bool add_aside(struct live_block block)
{
    if (side_add(&block))
        return true;
    recording_dropped(RECORDING_DROP_LIVE_TABLE);
    return false;
}

inline __attribute__((always_inline)) bool live_blocks_add(const struct live_block *block)
{
    if (__builtin_expect(belongs_aside(block->address, block->size_bytes), 0))
        return add_aside(*block);
    leaf_words leaf = leaf_find(block->address);
    if (__builtin_expect(!leaf, 0) && !(leaf = leaf_make(block->address))) {
        recording_dropped(RECORDING_DROP_LIVE_TABLE);
        return false;
    }
    _Atomic uint64_t *word = word_in(leaf, block->address);
    if (__builtin_expect(is_taken(word, block), 0))
        return add_aside(*block);
    if (!is_small(block))
        set_birth(word, block->address, block->birth_ticks);
    atomic_store_explicit(word, word_of(block), memory_order_release);
    return true;
}

static __attribute__((noinline)) enum live_blocks_answer
look_elsewhere(uintptr_t address, uint64_t value, struct live_block *block, bool take)
{
    enum live_blocks_answer aside = side_find(address, block, take);
    if (aside != LIVE_BLOCKS_UNKNOWN)
        return aside;
    bool was_here = (value & (WORD_LIVE | WORD_FREED)) == WORD_FREED && is_begun_at(value, address);
    return was_here ? LIVE_BLOCKS_FREED : LIVE_BLOCKS_UNKNOWN;
}

static inline __attribute__((always_inline)) enum live_blocks_answer
look_up(uintptr_t address, struct live_block *block, bool take)
{
    _Atomic uint64_t *word = address & 15 ? NULL : word_find(address);
    uint64_t value = word ? atomic_load_explicit(word, memory_order_relaxed) : 0;
    if (__builtin_expect(value & WORD_LIVE && is_begun_at(value, address), true)) {
        block_of(word, value, address, block);
        if (take)
            atomic_store_explicit(word, WORD_FREED | half_of(address), memory_order_relaxed);
        return LIVE_BLOCKS_LIVE;
    }
    struct live_block found = {.address = address};
    enum live_blocks_answer answer = look_elsewhere(address, value, &found, take);
    *block = found;
    return answer;
}

enum live_blocks_answer live_blocks_find(const void *address, struct live_block *block)
{
    return look_up((uintptr_t)address, block, false);
}

inline __attribute__((always_inline)) enum live_blocks_answer
live_blocks_remove(const void *address, struct live_block *block)
{
    return look_up((uintptr_t)address, block, true);
}

static bool is_same(const struct live_block *one, const struct live_block *other)
{
    return one->size_bytes == other->size_bytes && one->site == other->site &&
           one->kind == other->kind;
}

void live_blocks_remove_if_same(const struct live_block *block)
{
    struct live_block now;
    _Atomic uint64_t *word = block->address & 15 ? NULL : word_find(block->address);
    uint64_t value = word ? atomic_load_explicit(word, memory_order_relaxed) : 0;
    if (!(value & WORD_LIVE) || !is_begun_at(value, block->address)) {
        side_find(block->address, &now, true);
        return;
    }
    block_of(word, value, block->address, &now);
    if (is_same(&now, block))
        atomic_compare_exchange_strong(word, &value, WORD_FREED | half_of(block->address));
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

/* Calls a function for every leaf in address order until it returns false. */
typedef bool leaf_visitor(leaf_words leaf, uintptr_t page, live_blocks_visitor *visit,
                          void *context);

static bool walk_leaf(leaf_words leaf, uintptr_t page, live_blocks_visitor *visit, void *context)
{
    for (unsigned i = 0; i < GRANULES; i++) {
        uint64_t word = atomic_load_explicit(&leaf[i], memory_order_relaxed);
        struct live_block block;
        if (!(word & WORD_LIVE))
            continue;
        uintptr_t address = page + ((uintptr_t)i << granule_shift) + (word >> HALF_SHIFT & 1) * 16;
        block_of(&leaf[i], word, address, &block);
        if (!visit(&block, context))
            return false;
    }
    return true;
}

static bool count_leaf(leaf_words leaf, uintptr_t page, live_blocks_visitor *visit, void *context)
{
    size_t count = 0;
    (void)page;
    (void)visit;
    for (unsigned i = 0; i < GRANULES; i++)
        count += atomic_load_explicit(&leaf[i], memory_order_relaxed) & WORD_LIVE;
    *(size_t *)context += count;
    return true;
}

static inline __attribute__((always_inline)) bool
walk_radix(leaf_visitor *visit_leaf, live_blocks_visitor *visit, void *context)
{
    for (uintptr_t root = atomic_load(&lowest_root); root <= atomic_load(&highest_root); root++) {
        page_table pages = atomic_load_explicit(&roots[root], memory_order_acquire);
        for (uintptr_t page = 0; pages && page < 1u << PAGE_BITS; page++) {
            leaf_words leaf = atomic_load_explicit(&pages[page], memory_order_acquire);
            if (leaf && !visit_leaf(leaf, root << 30 | page << 12, visit, context))
                return false;
        }
    }
    return true;
}

size_t live_blocks_count(void)
{
    size_t count = 0;
    walk_radix(count_leaf, NULL, &count);
    for (size_t i = 0; i < side.capacity; i++)
        count += side.entries[i].state == LIVE_BLOCKS_LIVE;
    return count;
}

void live_blocks_walk(live_blocks_visitor *visit, void *context)
{
    if (!walk_radix(walk_leaf, visit, context))
        return;
    for (size_t i = 0; i < side.capacity; i++)
        if (side.entries[i].state == LIVE_BLOCKS_LIVE && !visit(&side.entries[i].block, context))
            return;
}

void live_blocks_restart_after_fork(void)
{
    side_unlock();
}
