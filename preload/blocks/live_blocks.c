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
    _Atomic uint64_t *second = live_radix_second_word(&live_radix_roots, first, address, true);
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

/* The word of the block that begins at an address, and which of the maps it is in. */
struct place {
    live_radix *radix;
    _Atomic uint64_t *word; /* NULL: no block of the page is known */
    uint64_t value;
};

static struct place place_in(live_radix *radix, uintptr_t address)
{
    live_leaf leaf =
        radix && !live_radix_is_odd(address) ? live_radix_leaf_of(radix, address) : NULL;
    struct place place = {radix, leaf ? live_radix_word_in(leaf, address) : NULL, 0};
    if (place.word)
        place.value = atomic_load_explicit(place.word, memory_order_relaxed);
    return place;
}

static bool holds(const struct place *place, uintptr_t address)
{
    return place->value & LIVE_WORD_LIVE && live_word_begins_at(place->value, address);
}

/* Of a live block when one begins there: this process's own, or one that it was born with. */
static struct place find_place(uintptr_t address)
{
    struct place own = place_in(&live_radix_roots, address);
    if (holds(&own, address) || !live_radix_inherited)
        return own;
    struct place inherited = place_in(live_radix_inherited, address);
    return holds(&inherited, address) || !own.value ? inherited : own;
}

static __attribute__((noinline)) enum live_blocks_answer
look_elsewhere(uintptr_t address, struct live_block *block, bool take, uintptr_t pc)
{
    struct place place = find_place(address);
    if (holds(&place, address)) {
        live_radix_block(place.radix, place.word, place.value, address, block);
        if (take)
            atomic_store_explicit(place.word, live_word_freed(block, free_places_number(pc)),
                                  memory_order_relaxed);
        return LIVE_BLOCKS_LIVE;
    }
    enum live_blocks_answer aside = live_side_find(address, block, take);
    if (aside != LIVE_BLOCKS_UNKNOWN)
        return aside;
    bool was_here = (place.value & (LIVE_WORD_LIVE | LIVE_WORD_FREED)) == LIVE_WORD_FREED &&
                    live_word_begins_at(place.value, address);
    return was_here ? LIVE_BLOCKS_FREED : LIVE_BLOCKS_UNKNOWN;
}

static inline __attribute__((always_inline)) enum live_blocks_answer
look_up(uintptr_t address, struct live_block *block, bool take, uintptr_t pc)
{
    _Atomic uint64_t *word = live_radix_is_odd(address) ? NULL : live_radix_word(address);
    uint64_t value = word ? atomic_load_explicit(word, memory_order_relaxed) : 0;
    if (__builtin_expect(value & LIVE_WORD_LIVE && live_word_begins_at(value, address), true)) {
        live_radix_block(&live_radix_roots, word, value, address, block);
        if (take)
            atomic_store_explicit(word, live_word_freed(block, free_places_number(pc)),
                                  memory_order_relaxed);
        return LIVE_BLOCKS_LIVE;
    }
    struct live_block found = {.address = address};
    enum live_blocks_answer answer = look_elsewhere(address, &found, take, pc);
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
    uint64_t value = find_place((uintptr_t)address).value;
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
    struct place place = find_place(block->address);
    if (!holds(&place, block->address)) {
        live_side_find(block->address, &now, true);
        return;
    }
    live_radix_block(place.radix, place.word, place.value, block->address, &now);
    if (is_same(&now, block))
        atomic_compare_exchange_strong(place.word, &place.value,
                                       live_word_freed(&now, free_places_number(pc)));
}

static __attribute__((noinline)) void set_kind_elsewhere(uintptr_t address,
                                                         enum recording_block_kind kind)
{
    struct place place = find_place(address);
    struct live_block block;
    if (holds(&place, address)) {
        atomic_store_explicit(place.word, live_word_with_kind(place.value, kind),
                              memory_order_relaxed);
    } else if (live_side_find(address, &block, false) == LIVE_BLOCKS_LIVE) {
        block.kind = kind;
        live_side_add(&block);
    }
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
    set_kind_elsewhere((uintptr_t)address, kind);
}

/* How far back a block is looked for that an address may lie in. */
enum { COVERING_LIMIT_BYTES = 64 << 20 };

bool live_blocks_covering(const void *address, struct live_block *block)
{
    uintptr_t at = (uintptr_t)address & ~(uintptr_t)15, wanted = (uintptr_t)address;
    uintptr_t limit = at > COVERING_LIMIT_BYTES ? at - COVERING_LIMIT_BYTES : 16;
    while (at >= limit) {
        if (!find_place(at).word) {
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
    live_radix *radix;
    bool wants_inherited; /* of the side table */
};

/* What is in the side table is told apart by its birth. */
static uint64_t set_aside_ticks;

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
        live_radix_block(walk->radix, &leaf[i], word, address, &block);
        if (!walk->visit(&block, walk->context))
            return false;
    }
    return true;
}

static bool visit_of_side(const struct live_block *block, void *context)
{
    const struct block_walk *walk = context;
    bool is_inherited = block->birth_ticks < set_aside_ticks;
    return is_inherited != walk->wants_inherited || walk->visit(block, walk->context);
}

static bool walk_one(live_radix *radix, live_blocks_visitor *visit, void *context)
{
    struct block_walk walk = {visit, context, radix, radix != &live_radix_roots};
    return live_radix_walk(radix, walk_leaf, &walk) && live_side_walk(visit_of_side, &walk);
}

void live_blocks_walk_own(live_blocks_visitor *visit, void *context)
{
    walk_one(&live_radix_roots, visit, context);
}

void live_blocks_walk_inherited(live_blocks_visitor *visit, void *context)
{
    if (live_radix_inherited)
        walk_one(live_radix_inherited, visit, context);
}

void live_blocks_walk(live_blocks_visitor *visit, void *context)
{
    if (!live_radix_inherited || walk_one(live_radix_inherited, visit, context))
        walk_one(&live_radix_roots, visit, context);
}

/* Most blocks lie beside others of their site. */
struct sum_of_sites {
    live_blocks_adder *add;
    void *context;
    uint32_t site;
    uint64_t blocks, bytes;
};

static void finish_sum(const struct sum_of_sites *sum)
{
    if (sum->blocks)
        sum->add(sum->site, sum->blocks, sum->bytes, sum->context);
}

static void start_sum(struct sum_of_sites *sum, uint32_t site)
{
    finish_sum(sum);
    sum->blocks = sum->bytes = 0;
    sum->site = site;
}

/* Whether a word is that of a live block is hard to guess, so nothing jumps for it. */
static bool sum_leaf(live_leaf leaf, uintptr_t page, void *context)
{
    struct sum_of_sites *total = context, sum = *total;
    const unsigned granules = LIVE_RADIX_GRANULES;
    (void)page;
    for (unsigned i = 0; i < granules; i++) {
        uint64_t word = atomic_load_explicit(&leaf[i], memory_order_relaxed);
        uint64_t live = -(word & LIVE_WORD_LIVE);
        if (__builtin_expect((live_word_site(word) ^ sum.site) & live, 0))
            start_sum(&sum, live_word_site(word));
        sum.blocks += live & 1;
        sum.bytes += live_word_size(word) & live;
    }
    *total = sum;
    return true;
}

static bool sum_of_side(const struct live_block *block, void *context)
{
    struct sum_of_sites *sum = context;
    sum->add(block->site, 1, block->size_bytes, sum->context);
    return true;
}

void live_blocks_sum(live_blocks_adder *add, void *context)
{
    struct sum_of_sites sum = {.add = add, .context = context};
    if (live_radix_inherited)
        live_radix_walk(live_radix_inherited, sum_leaf, &sum);
    live_radix_walk(&live_radix_roots, sum_leaf, &sum);
    live_side_walk(sum_of_side, &sum);
    finish_sum(&sum);
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

size_t live_blocks_count_own(void)
{
    size_t count = 0;
    live_radix_walk(&live_radix_roots, count_leaf, &count);
    return count + live_side_count();
}

size_t live_blocks_count(void)
{
    size_t count = 0;
    if (live_radix_inherited)
        live_radix_walk(live_radix_inherited, count_leaf, &count);
    return count + live_blocks_count_own();
}

bool live_blocks_are_set_aside(void)
{
    return live_radix_inherited != NULL;
}

bool live_blocks_set_aside(uint64_t born_before_ticks)
{
    if (!live_radix_set_aside())
        return false;
    set_aside_ticks = born_before_ticks;
    return true;
}

void live_blocks_restart_after_fork(void)
{
    live_side_restart_after_fork();
}
