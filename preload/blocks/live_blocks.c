/* SPDX-License-Identifier: MIT */
#include "preload/blocks/live_blocks.h"

#include <stdatomic.h>

#include "preload/blocks/live_radix.h"
#include "preload/blocks/live_side.h"
#include "preload/blocks/live_word.h"
#include "preload/recording/recording_writer.h"

void live_blocks_start(bool is_glibc)
{
    live_word_start(is_glibc);
}

static bool belongs_aside(uintptr_t address, uint64_t size_bytes)
{
    return live_radix_is_odd(address) || size_bytes >= LIVE_WORD_SIZE_LIMIT;
}

/* Python's smallest objects lie so near to one another that two begin in one granule. */
static inline bool is_taken(_Atomic uint64_t *word, const struct live_block *block)
{
    uint64_t value =
        block->kind == RECORDING_KIND_PYTHON ? atomic_load_explicit(word, memory_order_relaxed) : 0;
    return value & LIVE_WORD_LIVE && !live_word_begins_at(value, block->address);
}

static inline void set_birth(_Atomic uint64_t *first, uintptr_t address, uint64_t birth_ticks)
{
    _Atomic uint64_t *second = live_radix_second_word(first, address, true);
    if (!second)
        return;
    uint64_t before = atomic_load_explicit(second, memory_order_relaxed) & LIVE_WORD_BEFORE;
    atomic_store_explicit(second, before | birth_ticks << LIVE_WORD_BIRTH_SHIFT,
                          memory_order_relaxed);
}

/* By value: what is passed by its address would be kept in memory all the way. */
static __attribute__((noinline)) bool add_aside(struct live_block block)
{
    if (live_side_add(&block))
        return true;
    recording_dropped(RECORDING_DROP_LIVE_TABLE);
    return false;
}

inline __attribute__((always_inline)) bool live_blocks_add(const struct live_block *block)
{
    if (__builtin_expect(belongs_aside(block->address, block->size_bytes), 0))
        return add_aside(*block);
    live_leaf leaf = live_radix_leaf(block->address);
    if (__builtin_expect(!leaf, 0) && !(leaf = live_radix_make_leaf(block->address))) {
        recording_dropped(RECORDING_DROP_LIVE_TABLE);
        return false;
    }
    _Atomic uint64_t *word = live_radix_word_in(leaf, block->address);
    if (__builtin_expect(is_taken(word, block), 0))
        return add_aside(*block);
    if (!live_word_is_small(block))
        set_birth(word, block->address, block->birth_ticks);
    atomic_store_explicit(word, live_word_of(block), memory_order_release);
    return true;
}

static __attribute__((noinline)) enum live_blocks_answer
look_elsewhere(uintptr_t address, uint64_t value, struct live_block *block, bool take)
{
    enum live_blocks_answer aside = live_side_find(address, block, take);
    if (aside != LIVE_BLOCKS_UNKNOWN)
        return aside;
    bool was_here = (value & (LIVE_WORD_LIVE | LIVE_WORD_FREED)) == LIVE_WORD_FREED &&
                    live_word_begins_at(value, address);
    return was_here ? LIVE_BLOCKS_FREED : LIVE_BLOCKS_UNKNOWN;
}

static inline __attribute__((always_inline)) enum live_blocks_answer
look_up(uintptr_t address, struct live_block *block, bool take, uintptr_t pc)
{
    _Atomic uint64_t *word = live_radix_is_odd(address) ? NULL : live_radix_word(address);
    uint64_t value = word ? atomic_load_explicit(word, memory_order_relaxed) : 0;
    if (__builtin_expect(value & LIVE_WORD_LIVE && live_word_begins_at(value, address), true)) {
        live_radix_block(word, value, address, block);
        if (take)
            atomic_store_explicit(word, live_word_freed(block, free_places_number(pc)),
                                  memory_order_relaxed);
        return LIVE_BLOCKS_LIVE;
    }
    struct live_block found = {.address = address};
    enum live_blocks_answer answer = look_elsewhere(address, value, &found, take);
    *block = found;
    return answer;
}

enum live_blocks_answer live_blocks_find(const void *address, struct live_block *block)
{
    return look_up((uintptr_t)address, block, false, 0);
}

inline __attribute__((always_inline)) enum live_blocks_answer
live_blocks_remove(const void *address, struct live_block *block, uintptr_t pc)
{
    return look_up((uintptr_t)address, block, true, pc);
}

uintptr_t live_blocks_freed(const void *address, struct live_block *block)
{
    _Atomic uint64_t *word = (uintptr_t)address & 15 ? NULL : live_radix_word((uintptr_t)address);
    uint64_t value = word ? atomic_load_explicit(word, memory_order_relaxed) : 0;
    *block = (struct live_block){.address = (uintptr_t)address};
    return live_word_begins_at(value, (uintptr_t)address)
               ? free_places_pc(live_word_unpack_freed(value, block))
               : 0;
}

static bool is_same(const struct live_block *one, const struct live_block *other)
{
    return one->size_bytes == other->size_bytes && one->site == other->site &&
           one->kind == other->kind;
}

void live_blocks_remove_if_same(const struct live_block *block, uintptr_t pc)
{
    struct live_block now;
    _Atomic uint64_t *word =
        live_radix_is_odd(block->address) ? NULL : live_radix_word(block->address);
    uint64_t value = word ? atomic_load_explicit(word, memory_order_relaxed) : 0;
    if (!(value & LIVE_WORD_LIVE) || !live_word_begins_at(value, block->address)) {
        live_side_find(block->address, &now, true);
        return;
    }
    live_radix_block(word, value, block->address, &now);
    if (is_same(&now, block))
        atomic_compare_exchange_strong(word, &value, live_word_freed(&now, free_places_number(pc)));
}

void live_blocks_set_kind(const void *address, enum recording_block_kind kind)
{
    _Atomic uint64_t *word =
        live_radix_is_odd((uintptr_t)address) ? NULL : live_radix_word((uintptr_t)address);
    uint64_t value = word ? atomic_load_explicit(word, memory_order_relaxed) : 0;
    if (__builtin_expect(value & LIVE_WORD_LIVE && live_word_begins_at(value, (uintptr_t)address),
                         true)) {
        atomic_store_explicit(word, live_word_with_kind(value, kind), memory_order_relaxed);
        return;
    }
    struct live_block block;
    if (live_side_find((uintptr_t)address, &block, false) == LIVE_BLOCKS_LIVE) {
        block.kind = kind;
        live_side_add(&block);
    }
}

/* How far back a block is looked for that an address may lie in. */
enum { COVERING_LIMIT_BYTES = 64 << 20 };

bool live_blocks_covering(const void *address, struct live_block *block)
{
    uintptr_t at = (uintptr_t)address & ~(uintptr_t)15, wanted = (uintptr_t)address;
    uintptr_t limit = at > COVERING_LIMIT_BYTES ? at - COVERING_LIMIT_BYTES : 16;
    while (at >= limit) {
        live_leaf leaf = live_radix_is_odd(at) ? NULL : live_radix_leaf(at);
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

struct block_walk {
    live_blocks_visitor *visit;
    void *context;
};

static bool walk_leaf(live_leaf leaf, uintptr_t page, void *context)
{
    const struct block_walk *walk = context;
    for (unsigned i = 0; i < LIVE_RADIX_GRANULES; i++) {
        uint64_t word = atomic_load_explicit(&leaf[i], memory_order_relaxed);
        struct live_block block;
        if (!(word & LIVE_WORD_LIVE))
            continue;
        uintptr_t address = page + ((uintptr_t)i << live_word_shape.granule_shift) +
                            (word >> LIVE_WORD_HALF_SHIFT & 1) * 16;
        live_radix_block(&leaf[i], word, address, &block);
        if (!walk->visit(&block, walk->context))
            return false;
    }
    return true;
}

static bool count_leaf(live_leaf leaf, uintptr_t page, void *context)
{
    size_t count = 0;
    (void)page;
    for (unsigned i = 0; i < LIVE_RADIX_GRANULES; i++)
        count += atomic_load_explicit(&leaf[i], memory_order_relaxed) & LIVE_WORD_LIVE;
    *(size_t *)context += count;
    return true;
}

size_t live_blocks_count(void)
{
    size_t count = 0;
    live_radix_walk(count_leaf, &count);
    return count + live_side_count();
}

void live_blocks_walk(live_blocks_visitor *visit, void *context)
{
    struct block_walk walk = {visit, context};
    if (live_radix_walk(walk_leaf, &walk))
        live_side_walk(visit, context);
}

void live_blocks_restart_after_fork(void)
{
    live_side_restart_after_fork();
}
