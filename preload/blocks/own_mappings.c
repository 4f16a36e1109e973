/* SPDX-License-Identifier: MIT */
#include "preload/blocks/own_mappings.h"

#include "preload/base/page_ranges.h"
#include "preload/unwind/modules.h"

/* More ranges than there is room for are not noted: what only they hold looks lost. */
static struct page_ranges mappings;
static struct module_place allocator_place; /* empty: the allocator is libc's */

void own_mappings_start(uintptr_t allocator)
{
    modules_at(allocator, &allocator_place);
}

bool own_mappings_is_allocator(uintptr_t caller)
{
    return caller - allocator_place.start < allocator_place.end - allocator_place.start;
}

void own_mappings_forget(uintptr_t start, size_t size_bytes)
{
    page_ranges_remove(&mappings, start, size_bytes);
}

/* What the allocator and we ourselves map is none of the program's. */
void own_mappings_note(uintptr_t start, size_t size_bytes, uintptr_t caller)
{
    if (!allocator_place.end)
        return;
    if (own_mappings_is_allocator(caller))
        page_ranges_remove(&mappings, start, size_bytes);
    else
        page_ranges_add(&mappings, start, size_bytes);
}

bool own_mappings_has(uintptr_t start, size_t size_bytes)
{
    return page_ranges_has(&mappings, start, size_bytes);
}

void own_mappings_each_in(uintptr_t start, uintptr_t end,
                          void (*visit)(uintptr_t start, uintptr_t end, void *context),
                          void *context)
{
    page_ranges_each_in(&mappings, start, end, visit, context);
}
