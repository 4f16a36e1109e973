/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SITE_TYPES_H
#define LEAKGRAPH_SITE_TYPES_H

/*
 * What a call stack says about the type of the blocks it allocates. The library's allocators serve
 * one type: `std::allocator<Foo>::allocate`. A plain malloc or new is for one of the pointers that
 * its function handles: what it returns, its variables and parameters, their members. The size
 * decides among them; when several fit, the caller decides.
 *
 *     struct site_types_cache *cache = site_types_new(arena, stacks, recording);
 *     site_types_find(&found, cache, stack, size_bytes);     nearest first
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/symbols/dwarf_types.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/stacks.h"

enum { SITE_TYPES_CANDIDATES = 24 };

/* The block is one of the type, several of it, or begins with one. */
enum site_types_fit { SITE_TYPES_EXACT, SITE_TYPES_ARRAY, SITE_TYPES_PREFIX };

struct site_types_candidate {
    const struct dwarf_type *type;
    enum site_types_fit fit;
    bool is_certain;
    unsigned distance; /* smaller is nearer */
};

struct site_types {
    struct site_types_candidate all[SITE_TYPES_CANDIDATES];
    size_t count;
    const char *name; /* the certain type's name, known without debug info too; NULL: unknown */
    bool makes_many;  /* several of it in a row */
};

/* Remembers what each stack said. Everything belongs to the arena. */
struct site_types_cache;
struct site_types_cache *site_types_new(struct arena *arena, struct stacks *stacks,
                                        const struct recording *recording);

/* `stack` is the recording's node. */
void site_types_find(struct site_types *found, struct site_types_cache *cache, uint32_t stack,
                     uint64_t size_bytes);

#endif
