/* SPDX-License-Identifier: MIT */
#include "preload/blocks/own_breaks.h"

#include <stddef.h>

#include "preload/blocks/own_mappings.h"

/* Parts that follow one another are one. Who moves the break from several threads at once must
   lock, here as without us. */
enum { PARTS = 4096 };
static struct part {
    uintptr_t start, end, caller;
} parts[PARTS];
static size_t part_count;

static void grow(uintptr_t start, uintptr_t end, uintptr_t caller)
{
    struct part *last = part_count ? &parts[part_count - 1] : NULL;
    if (last && last->end == start && last->caller == caller)
        last->end = end;
    else if (part_count < PARTS)
        parts[part_count++] = (struct part){start, end, caller};
}

static void shrink(uintptr_t end)
{
    while (part_count && parts[part_count - 1].start >= end)
        part_count--;
    if (part_count && parts[part_count - 1].end > end)
        parts[part_count - 1].end = end;
}

void own_breaks_moved(uintptr_t before, uintptr_t now, uintptr_t caller)
{
    if (now > before)
        grow(before, now, caller);
    else
        shrink(now);
}

/* Another allocator may have asked before it was known to be one. */
void own_breaks_each_in(uintptr_t start, uintptr_t end,
                        void (*visit)(uintptr_t start, uintptr_t end, void *context), void *context)
{
    for (size_t i = 0; i < part_count; i++) {
        uintptr_t from = parts[i].start > start ? parts[i].start : start;
        uintptr_t to = parts[i].end < end ? parts[i].end : end;
        if (from < to && !own_mappings_is_allocator(parts[i].caller))
            visit(from, to, context);
    }
}
