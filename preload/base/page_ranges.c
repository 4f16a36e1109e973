/* SPDX-License-Identifier: MIT */
#include "preload/base/page_ranges.h"

#include "preload/arch/machine.h"

enum { PAGE_SHIFT = 12, PAGES_BITS = 28 };
#define MOST_PAGES ((UINT64_C(1) << PAGES_BITS) - 1)

static uintptr_t start_of(uint64_t range)
{
    return (uintptr_t)(range >> PAGES_BITS) << PAGE_SHIFT;
}

static uintptr_t end_of(uint64_t range)
{
    return start_of(range) + ((uintptr_t)(range & MOST_PAGES) << PAGE_SHIFT);
}

static void add(struct page_ranges *set, uintptr_t start, uintptr_t end)
{
    uint64_t pages = (end - start) >> PAGE_SHIFT;
    uint64_t range = (uint64_t)(start >> PAGE_SHIFT) << PAGES_BITS | pages;
    if (pages == 0 || pages > MOST_PAGES)
        return;
    for (size_t i = 0; i < PAGE_RANGES; i++) {
        uint64_t nothing = 0;
        if (atomic_load(&set->ranges[i]) != 0 ||
            !atomic_compare_exchange_strong(&set->ranges[i], &nothing, range))
            continue;
        size_t count = atomic_load(&set->count);
        while (count <= i && !atomic_compare_exchange_weak(&set->count, &count, i + 1))
            continue;
        return;
    }
}

void page_ranges_add(struct page_ranges *set, uintptr_t start, size_t size_bytes)
{
    page_ranges_remove(set, start, size_bytes);
    add(set, start, machine_page_end(start + size_bytes));
}

void page_ranges_remove(struct page_ranges *set, uintptr_t start, size_t size_bytes)
{
    uintptr_t end = machine_page_end(start + size_bytes);
    for (size_t i = 0; i < atomic_load(&set->count); i++) {
        uint64_t range = atomic_load(&set->ranges[i]);
        if (range == 0 || start_of(range) >= end || end_of(range) <= start ||
            !atomic_compare_exchange_strong(&set->ranges[i], &range, 0))
            continue;
        if (start_of(range) < start)
            add(set, start_of(range), start);
        if (end_of(range) > end)
            add(set, end, end_of(range));
    }
}

bool page_ranges_has(const struct page_ranges *set, uintptr_t start, size_t size_bytes)
{
    for (size_t i = 0; i < atomic_load(&set->count); i++) {
        uint64_t range = atomic_load(&set->ranges[i]);
        if (start_of(range) <= start && start + size_bytes <= end_of(range))
            return true;
    }
    return false;
}

void page_ranges_each_in(const struct page_ranges *set, uintptr_t start, uintptr_t end,
                         void (*visit)(uintptr_t start, uintptr_t end, void *context),
                         void *context)
{
    for (size_t i = 0; i < atomic_load(&set->count); i++) {
        uint64_t range = atomic_load(&set->ranges[i]);
        uintptr_t from = start_of(range) > start ? start_of(range) : start;
        uintptr_t to = end_of(range) < end ? end_of(range) : end;
        if (from < to)
            visit(from, to, context);
    }
}
