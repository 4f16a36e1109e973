/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FREE_PLACES_H
#define LEAKGRAPH_FREE_PLACES_H

/*
 * Where in the program blocks are freed: each return address has a small number, which the live
 * table keeps in the word of a block that is gone. A block that is freed again is told with it.
 *
 * Called inside malloc: no malloc, no lock. A place that finds no room has number 0.
 */

#include <stdatomic.h>
#include <stdint.h>

enum { FREE_PLACES_BITS = 14, FREE_PLACES_TRIES = 4 };
extern _Atomic uintptr_t free_places[1 << FREE_PLACES_BITS];

uint32_t free_places_add(uintptr_t pc, uint32_t first);

static inline uint32_t free_places_number(uintptr_t pc)
{
    uint32_t first = (uint32_t)(pc * 0x9e3779b97f4a7c15ull >> (64 - FREE_PLACES_BITS));
    if (__builtin_expect(
            atomic_load_explicit(&free_places[first], memory_order_relaxed) == pc && first, 1))
        return first;
    return free_places_add(pc, first);
}

/* 0 for number 0. */
static inline uintptr_t free_places_pc(uint32_t number)
{
    return number ? atomic_load(&free_places[number]) : 0;
}

#endif
