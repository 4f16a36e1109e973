/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LIVE_WORD_H
#define LEAKGRAPH_LIVE_WORD_H

/*
 * The layout of the live table's words: how a block is written into the word of the granule it
 * begins in. Inline, because every malloc and free packs or unpacks one.
 *
 * A live word: bit 0 set, bits 1-3 kind, bit 4 root, bit 5 begins in the upper half, bits 6-29
 * site, bit 30 small. A word that was live and is freed: bit 1 and bit 5; with bit 2, who it was:
 * bits 3-4 kind, 6-29 site, 30-43 where it was freed (free_places.h), above them its size when it
 * fits. A birth in that word takes all of it but bits 1 and 5.
 *
 * No block begins in the second granule of one that is not small: its word holds when the block was
 * born (bits 6-63, the others are those of a block that began there before), and bits 31-63 of the
 * first the size. A small block has its size in bits 31-36 and above them a rounded birth.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/blocks/free_places.h"
#include "preload/blocks/live_block.h"

enum {
    LIVE_WORD_KIND_SHIFT = 1,
    LIVE_WORD_KIND_MASK = 7,
    LIVE_WORD_ROOT_SHIFT = 4,
    LIVE_WORD_HALF_SHIFT = 5,
    LIVE_WORD_SITE_SHIFT = 6,
    LIVE_WORD_BIRTH_SHIFT = 6,
    LIVE_WORD_SIZE_SHIFT = 31,
    LIVE_WORD_SMALL_SIZE_BITS = 6,
    LIVE_WORD_ROUNDED_SHIFT = LIVE_WORD_SIZE_SHIFT + LIVE_WORD_SMALL_SIZE_BITS,
};
#define LIVE_WORD_LIVE 1ull
#define LIVE_WORD_FREED 2ull
#define LIVE_WORD_TOLD 4ull /* of a freed one: who it was */
#define LIVE_WORD_SMALL (1ull << 30)
/* What a birth leaves of the word that it is written into. */
#define LIVE_WORD_BEFORE (LIVE_WORD_FREED | 1ull << LIVE_WORD_HALF_SHIFT)
/* Blocks of this size and more do not fit. */
#define LIVE_WORD_SIZE_LIMIT (1ull << (64 - LIVE_WORD_SIZE_SHIFT))

/* Depends on the allocator; fixed before the first block. */
struct live_word_shape {
    /*
     * A granule is as small as the distance of two blocks: 32 bytes with glibc's malloc, whose
     * blocks are aligned to 16, so that a word tells which half its block begins in; 16 bytes with
     * others.
     */
    unsigned granule_shift;
    /* The largest block whose successor can begin within two granules. */
    uint64_t small_bytes;
    /* Bit 4 where an address has to tell in which half of its granule a block begins. */
    uintptr_t half_mask;
};
extern struct live_word_shape live_word_shape;
void live_word_start(bool is_glibc);

/*
 * A rounded birth is a floating number of 5 bits exponent and 22 bits mantissa, counted in 64
 * ticks: exact to 30 ns in the first tenth of a second, to a four millionth of the process's age
 * later. Later ones are not less.
 */
enum { LIVE_WORD_ROUNDED_UNIT_SHIFT = 6, LIVE_WORD_MANTISSA_BITS = RECORDING_BIRTH_BITS };
#define LIVE_WORD_MANTISSA_ONE (1ull << LIVE_WORD_MANTISSA_BITS)

static inline uint64_t live_word_round_birth(uint64_t ticks)
{
    uint64_t units = ticks >> LIVE_WORD_ROUNDED_UNIT_SHIFT;
    unsigned shift =
        63 - LIVE_WORD_MANTISSA_BITS - (unsigned)__builtin_clzll(units | LIVE_WORD_MANTISSA_ONE);
    return ((uint64_t)shift << LIVE_WORD_MANTISSA_BITS) + (units >> shift);
}

static inline uint64_t live_word_unround_birth(uint64_t rounded)
{
    uint64_t exponent = rounded >> LIVE_WORD_MANTISSA_BITS;
    uint64_t units = exponent ? ((rounded & (LIVE_WORD_MANTISSA_ONE - 1)) | LIVE_WORD_MANTISSA_ONE)
                                    << (exponent - 1)
                              : rounded;
    return units << LIVE_WORD_ROUNDED_UNIT_SHIFT;
}

static inline uint64_t live_word_half(uintptr_t address)
{
    return (address & live_word_shape.half_mask) << (LIVE_WORD_HALF_SHIFT - 4);
}

static inline bool live_word_begins_at(uint64_t word, uintptr_t address)
{
    return (word & 1ull << LIVE_WORD_HALF_SHIFT) == live_word_half(address);
}

/* A block of Python's of 48 bytes lies so near to the next: chunks of its pools have no header. */
static inline bool live_word_is_small(const struct live_block *block)
{
    enum { SMALL_BYTES_OF_PYTHON = RECORDING_ROUNDED_BIRTH_BYTES };
    return block->size_bytes <= live_word_shape.small_bytes ||
           (block->kind == RECORDING_KIND_PYTHON && block->size_bytes <= SMALL_BYTES_OF_PYTHON);
}

static inline uint64_t live_word_of(const struct live_block *block)
{
    uint64_t word = LIVE_WORD_LIVE | (uint64_t)block->kind << LIVE_WORD_KIND_SHIFT |
                    (uint64_t)block->is_root << LIVE_WORD_ROOT_SHIFT |
                    live_word_half(block->address) | (uint64_t)block->site << LIVE_WORD_SITE_SHIFT |
                    block->size_bytes << LIVE_WORD_SIZE_SHIFT;
    if (live_word_is_small(block))
        word |= LIVE_WORD_SMALL | live_word_round_birth(block->birth_ticks)
                                      << LIVE_WORD_ROUNDED_SHIFT;
    return word;
}

static inline uint32_t live_word_site(uint64_t word)
{
    return (uint32_t)(word >> LIVE_WORD_SITE_SHIFT) & 0xffffff;
}

static inline uint64_t live_word_size(uint64_t word)
{
    const uint64_t small = (1 << LIVE_WORD_SMALL_SIZE_BITS) - 1;
    return word >> LIVE_WORD_SIZE_SHIFT & (word & LIVE_WORD_SMALL ? small : UINT64_MAX);
}

/* All that the word itself holds of the block; of the birth only a rounded one. */
static inline void live_word_unpack(uint64_t word, uintptr_t address, struct live_block *block)
{
    uint64_t size_bits = word >> LIVE_WORD_SIZE_SHIFT;
    bool is_small = word & LIVE_WORD_SMALL;
    block->address = address;
    block->size_bytes = is_small ? size_bits & ((1 << LIVE_WORD_SMALL_SIZE_BITS) - 1) : size_bits;
    block->birth_ticks = is_small ? live_word_unround_birth(word >> LIVE_WORD_ROUNDED_SHIFT) : 0;
    block->site = live_word_site(word);
    block->kind = (enum recording_block_kind)(word >> LIVE_WORD_KIND_SHIFT & LIVE_WORD_KIND_MASK);
    block->is_root = word >> LIVE_WORD_ROOT_SHIFT & 1;
}

enum {
    LIVE_WORD_FREED_KIND_SHIFT = 3,
    LIVE_WORD_PLACE_SHIFT = 30,
    LIVE_WORD_FREED_SIZE_SHIFT = LIVE_WORD_PLACE_SHIFT + FREE_PLACES_BITS,
};

static inline uint64_t live_word_freed(const struct live_block *block, uint32_t place)
{
    uint64_t size_bytes =
        block->size_bytes >> (64 - LIVE_WORD_FREED_SIZE_SHIFT) ? 0 : block->size_bytes;
    return LIVE_WORD_FREED | LIVE_WORD_TOLD |
           (uint64_t)(block->kind & 3) << LIVE_WORD_FREED_KIND_SHIFT |
           live_word_half(block->address) | (uint64_t)block->site << LIVE_WORD_SITE_SHIFT |
           (uint64_t)place << LIVE_WORD_PLACE_SHIFT | size_bytes << LIVE_WORD_FREED_SIZE_SHIFT;
}

/* Returns where it was freed; 0 when nothing is known of it any more. */
static inline uint32_t live_word_unpack_freed(uint64_t word, struct live_block *block)
{
    if (!(word & LIVE_WORD_TOLD) || word & LIVE_WORD_LIVE)
        return 0;
    block->site = (uint32_t)(word >> LIVE_WORD_SITE_SHIFT) & 0xffffff;
    block->kind = (enum recording_block_kind)(word >> LIVE_WORD_FREED_KIND_SHIFT & 3);
    block->size_bytes = word >> LIVE_WORD_FREED_SIZE_SHIFT;
    return (uint32_t)(word >> LIVE_WORD_PLACE_SHIFT) & ((1u << FREE_PLACES_BITS) - 1);
}

static inline uint64_t live_word_with_kind(uint64_t word, enum recording_block_kind kind)
{
    return (word & ~((uint64_t)LIVE_WORD_KIND_MASK << LIVE_WORD_KIND_SHIFT)) |
           (uint64_t)kind << LIVE_WORD_KIND_SHIFT;
}

#endif
