/* SPDX-License-Identifier: MIT */
#include "preload/blocks/own_mappings.h"

#include <stdatomic.h>

#include "preload/arch/machine.h"
#include "preload/unwind/modules.h"
#include "preload/base/private_memory.h"

/* A range is one word, so that it comes and goes at once: its first page << PAGES_BITS | number of
   pages. 0: nothing. More ranges than there is room for are not noted: what only they hold looks
   lost. */
enum { RANGES = 8192, PAGE_SHIFT = 12, PAGES_BITS = 28 };
#define MOST_PAGES ((UINT64_C(1) << PAGES_BITS) - 1)

static _Atomic uint64_t *ranges; /* NULL: the allocator is libc's */
static _Atomic size_t range_count;
static struct module_place allocator_place;

static uintptr_t start_of(uint64_t range)
{
    return (uintptr_t)(range >> PAGES_BITS) << PAGE_SHIFT;
}

static uintptr_t end_of(uint64_t range)
{
    return start_of(range) + ((uintptr_t)(range & MOST_PAGES) << PAGE_SHIFT);
}

void own_mappings_start(uintptr_t allocator)
{
    if (modules_at(allocator, &allocator_place))
        ranges = private_memory_map(RANGES * sizeof *ranges);
}

static void add(uintptr_t start, uintptr_t end)
{
    uint64_t pages = (end - start) >> PAGE_SHIFT;
    uint64_t range = (uint64_t)(start >> PAGE_SHIFT) << PAGES_BITS | pages;
    if (pages == 0 || pages > MOST_PAGES)
        return;
    for (size_t i = 0; i < RANGES; i++) {
        uint64_t nothing = 0;
        if (atomic_load(&ranges[i]) != 0 ||
            !atomic_compare_exchange_strong(&ranges[i], &nothing, range))
            continue;
        size_t count = atomic_load(&range_count);
        while (count <= i && !atomic_compare_exchange_weak(&range_count, &count, i + 1))
            continue;
        return;
    }
}

static uintptr_t end_of_pages(uintptr_t start, size_t size_bytes)
{
    return machine_page_end(start + size_bytes);
}

/* What is left of a range on either side stays noted. */
void own_mappings_forget(uintptr_t start, size_t size_bytes)
{
    uintptr_t end = end_of_pages(start, size_bytes);
    for (size_t i = 0; ranges && i < atomic_load(&range_count); i++) {
        uint64_t range = atomic_load(&ranges[i]);
        if (range == 0 || start_of(range) >= end || end_of(range) <= start ||
            !atomic_compare_exchange_strong(&ranges[i], &range, 0))
            continue;
        if (start_of(range) < start)
            add(start_of(range), start);
        if (end_of(range) > end)
            add(end, end_of(range));
    }
}

/* What the allocator and we ourselves map is none of the program's. */
void own_mappings_note(uintptr_t start, size_t size_bytes, uintptr_t caller)
{
    bool is_allocator =
        caller - allocator_place.start < allocator_place.end - allocator_place.start;
    if (!ranges)
        return;
    own_mappings_forget(start, size_bytes);
    if (!is_allocator)
        add(start, end_of_pages(start, size_bytes));
}

bool own_mappings_has(uintptr_t start, size_t size_bytes)
{
    for (size_t i = 0; ranges && i < atomic_load(&range_count); i++) {
        uint64_t range = atomic_load(&ranges[i]);
        if (start_of(range) <= start && start + size_bytes <= end_of(range))
            return true;
    }
    return false;
}

void own_mappings_each_in(uintptr_t start, uintptr_t end,
                          void (*visit)(uintptr_t start, uintptr_t end, void *context),
                          void *context)
{
    for (size_t i = 0; ranges && i < atomic_load(&range_count); i++) {
        uint64_t range = atomic_load(&ranges[i]);
        uintptr_t from = start_of(range) > start ? start_of(range) : start;
        uintptr_t to = end_of(range) < end ? end_of(range) : end;
        if (from < to)
            visit(from, to, context);
    }
}
