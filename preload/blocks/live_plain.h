/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LIVE_PLAIN_H
#define LEAKGRAPH_LIVE_PLAIN_H

/*
 * The live table's short way: what nearly every block is, one of malloc, no root, in a page whose
 * leaf is there. Inline, so that all of it stays in registers. What is not so plain is told by NULL
 * and is for live_blocks.h.
 *
 *     _Atomic uint64_t *word = live_plain_place(address, size_bytes);
 *     if (word)
 *         live_plain_add(word, address, size_bytes, birth_ticks, site);
 */

#include "preload/blocks/live_radix.h"
#include "preload/blocks/live_word.h"

/* Where the block's first word goes. The last granule of a page is not plain: its birth is a page
   further. */
static inline _Atomic uint64_t *live_plain_place(uintptr_t address, uint64_t size_bytes)
{
    if (__builtin_expect(live_radix_is_odd(address) || size_bytes >= LIVE_WORD_SIZE_LIMIT, 0))
        return NULL;
    live_leaf leaf = live_radix_leaf(address);
    uintptr_t granule = (address & 4095) >> live_word_shape.granule_shift;
    return __builtin_expect(leaf && granule != LIVE_RADIX_GRANULES - 1, 1) ? &leaf[granule] : NULL;
}

static inline void live_plain_add(_Atomic uint64_t *word, uintptr_t address, uint64_t size_bytes,
                                  uint64_t birth_ticks, uint32_t site)
{
    uint64_t value = LIVE_WORD_LIVE | (uint64_t)RECORDING_KIND_MALLOC << LIVE_WORD_KIND_SHIFT |
                     live_word_half(address) | (uint64_t)site << LIVE_WORD_SITE_SHIFT |
                     size_bytes << LIVE_WORD_SIZE_SHIFT;
    if (size_bytes <= live_word_shape.small_bytes) {
        value |= LIVE_WORD_SMALL | live_word_round_birth(birth_ticks) << LIVE_WORD_ROUNDED_SHIFT;
    } else {
        uint64_t before = atomic_load_explicit(word + 1, memory_order_relaxed) & LIVE_WORD_BEFORE;
        atomic_store_explicit(word + 1, before | birth_ticks << LIVE_WORD_BIRTH_SHIFT,
                              memory_order_relaxed);
    }
    atomic_store_explicit(word, value, memory_order_release);
}

/* The first word of a live block of malloc, or of any kind; its value in *value. */
static inline _Atomic uint64_t *live_plain_find(uintptr_t address, bool any_kind, uint64_t *value)
{
    if (__builtin_expect(live_radix_is_odd(address), 0))
        return NULL;
    _Atomic uint64_t *word = live_radix_word(address);
    if (__builtin_expect(!word, 0))
        return NULL;
    *value = atomic_load_explicit(word, memory_order_relaxed);
    uint64_t mask = LIVE_WORD_LIVE | 1ull << LIVE_WORD_HALF_SHIFT;
    bool is_it = (*value & mask) == (LIVE_WORD_LIVE | live_word_half(address));
    bool is_kind =
        (*value & (uint64_t)LIVE_WORD_KIND_MASK << LIVE_WORD_KIND_SHIFT) == 0 || any_kind;
    return __builtin_expect(is_it && is_kind, 1) ? word : NULL;
}

/* What is there, and takes it out; freed by the code at `pc`. */
static inline struct live_block live_plain_take(_Atomic uint64_t *word, uint64_t value,
                                                uintptr_t address, uintptr_t pc)
{
    struct live_block block;
    live_radix_block(&live_radix_roots, word, value, address, &block);
    atomic_store_explicit(word, live_word_freed(&block, free_places_number(pc)),
                          memory_order_relaxed);
    return block;
}

#endif
