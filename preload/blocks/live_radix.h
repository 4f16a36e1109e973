/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LIVE_RADIX_H
#define LEAKGRAPH_LIVE_RADIX_H

/*
 * Where the words of the live table are: roots of 1 GB each, with 2^18 pages of 4 KB, each
 * with a leaf of a word per granule. Leaves are made when first needed and stay. No lock; look-ups
 * are inline, because every malloc and free makes one.
 *
 * A forked child may set aside all that it was born with, and then starts with an empty map: what
 * it makes itself is found without a walk through a heap that is its parent's.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/arch/machine.h"
#include "preload/blocks/live_word.h"

enum { LIVE_RADIX_ROOT_BITS = MACHINE_ADDRESS_BITS - 30, LIVE_RADIX_PAGE_BITS = 18 };
#define LIVE_RADIX_GRANULES (4096u >> live_word_shape.granule_shift)

typedef _Atomic uint64_t *live_leaf;
typedef _Atomic(live_leaf) *live_page_table;
typedef _Atomic(live_page_table) live_radix[1u << LIVE_RADIX_ROOT_BITS];
extern live_radix live_radix_roots;
extern live_radix *live_radix_inherited; /* what was set aside; NULL: nothing */

/* In a child, before it has other threads; false when there is no memory for it. */
bool live_radix_set_aside(void);

/* NULL when there is no memory for it. */
live_leaf live_radix_make_leaf(uintptr_t address);

/* Calls visit for every leaf in address order, until it returns false: returns that. */
typedef bool live_radix_visitor(live_leaf leaf, uintptr_t page, void *context);
bool live_radix_walk(live_radix *radix, live_radix_visitor *visit, void *context);

/* No block in the map begins there: for the side table. */
static inline bool live_radix_is_odd(uintptr_t address)
{
    return ((address & 15) | address >> (LIVE_RADIX_ROOT_BITS + 30)) != 0;
}

/* The address is not odd, like that of the next two. */
static inline live_leaf live_radix_leaf_of(live_radix *radix, uintptr_t address)
{
    live_page_table pages = atomic_load_explicit(&(*radix)[address >> 30], memory_order_acquire);
    if (__builtin_expect(!pages, 0))
        return NULL;
    return atomic_load_explicit(&pages[address >> 12 & ((1u << LIVE_RADIX_PAGE_BITS) - 1)],
                                memory_order_acquire);
}

static inline live_leaf live_radix_leaf(uintptr_t address)
{
    return live_radix_leaf_of(&live_radix_roots, address);
}

static inline _Atomic uint64_t *live_radix_word_in(live_leaf leaf, uintptr_t address)
{
    return &leaf[(address & 4095) >> live_word_shape.granule_shift];
}

static inline _Atomic uint64_t *live_radix_word(uintptr_t address)
{
    live_leaf leaf = live_radix_leaf(address);
    return leaf ? live_radix_word_in(leaf, address) : NULL;
}

/* The word after a block's first one: in the next page's leaf for the last granule of a page. */
static inline _Atomic uint64_t *live_radix_second_word(live_radix *radix, _Atomic uint64_t *first,
                                                       uintptr_t address, bool make)
{
    uintptr_t second = address + ((uintptr_t)1 << live_word_shape.granule_shift);
    if (__builtin_expect((address ^ second) >> 12 == 0, 1))
        return first + 1;
    live_leaf leaf = make ? live_radix_make_leaf(second) : live_radix_leaf_of(radix, second);
    return leaf ? live_radix_word_in(leaf, second) : NULL;
}

/* The block that `word`, the value of its first word, tells of. Only the first word of a small one
   tells its birth. */
static inline void live_radix_block(live_radix *radix, _Atomic uint64_t *first, uint64_t word,
                                    uintptr_t address, struct live_block *block)
{
    live_word_unpack(word, address, block);
    if (word & LIVE_WORD_SMALL)
        return;
    _Atomic uint64_t *second = live_radix_second_word(radix, first, address, false);
    if (second)
        block->birth_ticks =
            atomic_load_explicit(second, memory_order_relaxed) >> LIVE_WORD_BIRTH_SHIFT;
}

#endif
