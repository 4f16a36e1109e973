/* SPDX-License-Identifier: MIT */
#include "preload/blocks/live_radix.h"

#include <errno.h>
#include <sys/mman.h>

#include "preload/base/private_memory.h"

live_radix live_radix_roots, *live_radix_inherited;
/* The roots, of both maps, in use lie in [lowest, highest]: a walk need not touch the others. */
static _Atomic uintptr_t lowest_root = UINTPTR_MAX, highest_root;

/*
 * Leaves come from arenas; the first leaf of an arena holds how much of it is used. No lock: a
 * signal handler may come in between. From the second on they are huge pages: look-ups in a large
 * table miss the TLB less, and a fork has fewer page tables to copy.
 */
struct arena {
    _Atomic uintptr_t used_bytes;
};
enum {
    ARENA_BYTES = 4 << 20,
    HUGE_PAGE_BYTES = 2 << 20,
    MAPPING_BYTES = ARENA_BYTES + HUGE_PAGE_BYTES
};
#define LEAF_BYTES (LIVE_RADIX_GRANULES * sizeof(uint64_t))
static _Atomic(struct arena *) current_arena;

static struct arena *arena_new(struct arena *full)
{
    uintptr_t mapping =
        private_memory_has_room(MAPPING_BYTES) ? (uintptr_t)private_memory_map(MAPPING_BYTES) : 0;
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

static live_leaf leaf_new(void)
{
    struct arena *arena = atomic_load_explicit(&current_arena, memory_order_acquire);
    for (;;) {
        uintptr_t at = arena ? atomic_fetch_add(&arena->used_bytes, LEAF_BYTES) : ARENA_BYTES;
        if (at + LEAF_BYTES <= (uintptr_t)ARENA_BYTES)
            return (live_leaf)((char *)arena + at);
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

static live_page_table page_table_make(_Atomic(live_page_table) *root)
{
    note_root((uintptr_t)(root - live_radix_roots));
    live_page_table expected = NULL,
                    fresh = private_memory_map(sizeof(*fresh) << LIVE_RADIX_PAGE_BITS);
    if (!fresh)
        return NULL;
    if (atomic_compare_exchange_strong(root, &expected, fresh))
        return fresh;
    private_memory_unmap((void *)fresh, sizeof(*fresh) << LIVE_RADIX_PAGE_BITS);
    return expected;
}

__attribute__((noinline)) live_leaf live_radix_make_leaf(uintptr_t address)
{
    _Atomic(live_page_table) *root = &live_radix_roots[address >> 30];
    live_page_table pages = atomic_load_explicit(root, memory_order_acquire);
    if (!pages && !(pages = page_table_make(root)))
        return NULL;
    _Atomic(live_leaf) *slot = &pages[address >> 12 & ((1u << LIVE_RADIX_PAGE_BITS) - 1)];
    live_leaf leaf = atomic_load_explicit(slot, memory_order_acquire);
    if (leaf)
        return leaf;
    live_leaf expected = NULL, fresh = leaf_new();
    if (!fresh || atomic_compare_exchange_strong(slot, &expected, fresh))
        return fresh;
    return expected; /* the lost leaf is wasted: it happens a few times in a process */
}

bool live_radix_walk(live_radix *radix, live_radix_visitor *visit, void *context)
{
    for (uintptr_t root = atomic_load(&lowest_root); root <= atomic_load(&highest_root); root++) {
        live_page_table pages = atomic_load_explicit(&(*radix)[root], memory_order_acquire);
        for (uintptr_t page = 0; pages && page < 1u << LIVE_RADIX_PAGE_BITS; page++) {
            live_leaf leaf = atomic_load_explicit(&pages[page], memory_order_acquire);
            if (leaf && !visit(leaf, root << 30 | page << 12, context))
                return false;
        }
    }
    return true;
}

/* What the page's own leaf knows is newer. */
static void merge_leaf(_Atomic(live_leaf) *into, live_leaf leaf)
{
    live_leaf older = atomic_load(into);
    if (!older) {
        atomic_store(into, leaf);
        return;
    }
    for (unsigned i = 0; leaf && i < LIVE_RADIX_GRANULES; i++) {
        uint64_t word = atomic_load_explicit(&leaf[i], memory_order_relaxed);
        if (word)
            atomic_store_explicit(&older[i], word, memory_order_relaxed);
    }
}

static void merge_pages(_Atomic(live_page_table) *into, live_page_table pages)
{
    live_page_table older = atomic_load(into);
    if (!older)
        atomic_store(into, pages);
    for (uintptr_t page = 0; older && pages && page < 1u << LIVE_RADIX_PAGE_BITS; page++)
        merge_leaf(&older[page], atomic_load_explicit(&pages[page], memory_order_relaxed));
}

/* New leaves get an arena of their own: to write into a huge page that the parent has too would
   copy all of it. */
bool live_radix_set_aside(void)
{
    if (!live_radix_inherited)
        live_radix_inherited = private_memory_map(sizeof live_radix_roots);
    if (!live_radix_inherited)
        return false;
    for (uintptr_t root = atomic_load(&lowest_root); root <= atomic_load(&highest_root); root++)
        if (atomic_load_explicit(&live_radix_roots[root], memory_order_relaxed)) {
            merge_pages(&(*live_radix_inherited)[root], live_radix_roots[root]);
            atomic_store(&live_radix_roots[root], NULL);
        }
    atomic_store(&current_arena, NULL);
    return true;
}
