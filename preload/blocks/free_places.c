/* SPDX-License-Identifier: MIT */
#include "preload/blocks/free_places.h"

_Atomic uintptr_t free_places[1 << FREE_PLACES_BITS];

__attribute__((noinline)) uint32_t free_places_add(uintptr_t pc, uint32_t first)
{
    for (uint32_t i = 0; i < FREE_PLACES_TRIES; i++) {
        uint32_t number = (first + i) & ((1 << FREE_PLACES_BITS) - 1);
        uintptr_t there = 0;
        if (number &&
            (atomic_compare_exchange_strong(&free_places[number], &there, pc) || there == pc))
            return number;
    }
    return 0;
}
