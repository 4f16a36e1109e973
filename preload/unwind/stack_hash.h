/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STACK_HASH_H
#define LEAKGRAPH_STACK_HASH_H

/*
 * The hash that identifies a stack: a polynomial over its frames, with power 0 for the innermost.
 * So it can be computed from either end: inward from frames whose hash is known, and outward in a
 * walk.
 *
 *     inward     hash = hash * STACK_HASH_FACTOR + part          starting with 0
 *     outward    hash += part * power; power *= STACK_HASH_FACTOR    starting with 0 and 1
 *     then       stack_hash_end(hash)
 */

#include <stdint.h>

#define STACK_HASH_FACTOR UINT64_C(0xd1342543de82ef95)
#define STACK_HASH_FACTOR_INVERSE UINT64_C(0x572b5ee77a54e3bd)
_Static_assert(STACK_HASH_FACTOR *STACK_HASH_FACTOR_INVERSE == 1, "back to the power before");
enum { STACK_HASH_MODULE_SHIFT = 42 }; /* its lowest 22 bits, all that struct unwind_rule has */

/* The part of one frame; the module stands in the topmost bits of its word. */
static inline uint64_t stack_hash_part_of(uintptr_t pc, uint64_t module)
{
    uint64_t part = (pc ^ module) * UINT64_C(0x9e3779b97f4a7c15);
    return part ^ part >> 32;
}

/* module_and_flags as in a recording's stacks. */
static inline uint64_t stack_hash_part(uintptr_t pc, uint32_t module_and_flags)
{
    uint64_t module = (uint64_t)module_and_flags << STACK_HASH_MODULE_SHIFT;
    uint64_t flags = module_and_flags >> 24;
    if (__builtin_expect(flags != 0, 0))
        module ^= flags * UINT64_C(0xa0761d6478bd642f);
    return stack_hash_part_of(pc, module);
}

/* Neither 0 nor UINT64_MAX. */
static inline uint64_t stack_hash_end(uint64_t hash)
{
    hash = (hash ^ hash >> 32) * UINT64_C(0xbf58476d1ce4e5b9);
    hash ^= hash >> 29;
    return hash + 1 > 1 ? hash : 1;
}

#endif
