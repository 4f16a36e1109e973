/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PAGE_RANGES_H
#define LEAKGRAPH_PAGE_RANGES_H

/*
 * A set of ranges of whole pages, which threads add to and take from at once. A range is one word,
 * so that it comes and goes at once: its first page << PAGES_BITS | number of pages; 0: nothing.
 * What finds no room is not noted. Zeroed memory is an empty set.
 * Called by the program's mmap, munmap, madvise: no malloc, no lock.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PAGE_RANGES = 8192 };

struct page_ranges {
    _Atomic size_t count; /* places that were ever used */
    _Atomic uint64_t ranges[PAGE_RANGES];
};

void page_ranges_add(struct page_ranges *set, uintptr_t start, size_t size_bytes);
/* What is left of a range on either side stays. */
void page_ranges_remove(struct page_ranges *set, uintptr_t start, size_t size_bytes);
/* Whether all of it is in one range. */
bool page_ranges_has(const struct page_ranges *set, uintptr_t start, size_t size_bytes);
static inline bool page_ranges_is_empty(const struct page_ranges *set)
{
    return atomic_load_explicit(&set->count, memory_order_relaxed) == 0;
}

/* Calls visit for the parts of the ranges that lie in [start, end). */
void page_ranges_each_in(const struct page_ranges *set, uintptr_t start, uintptr_t end,
                         void (*visit)(uintptr_t start, uintptr_t end, void *context),
                         void *context);

#endif
