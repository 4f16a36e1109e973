/* SPDX-License-Identifier: MIT */
#include "preload/recording/slot_records.h"

#include <stdbool.h>
#include <string.h>

#include "preload/base/private_memory.h"
#include "preload/recording/recording_writer.h"

enum { TOP_BYTES = SLOT_PAGES_PER_TOP * sizeof(struct slot_page *) };

/* Only a signal handler on this thread can have stored something meanwhile. */
#define PUT_FIRST(place, value)                                                                    \
    __atomic_compare_exchange_n((place), &(typeof(value)){NULL}, (value), false, __ATOMIC_RELAXED, \
                                __ATOMIC_RELAXED)

static bool make_top(struct slot_page ***top)
{
    struct slot_page **pages = private_memory_map(TOP_BYTES);
    if (pages && !PUT_FIRST(top, pages))
        private_memory_unmap(pages, TOP_BYTES);
    return pages != NULL;
}

void *slot_records_make(struct slot_records *records, enum recording_chunk_type type, uint32_t slot,
                        uint32_t index)
{
    uint32_t page = index / SLOT_RECORDS_PER_PAGE;
    struct slot_page ***top = &records->tops[page / SLOT_PAGES_PER_TOP];
    if (!*top && !make_top(top))
        return NULL;
    struct recording_chunk *chunk = recording_chunk_new(
        type, (uint64_t)page * SLOT_RECORDS_PER_PAGE, slot, 0, sizeof(struct slot_page));
    if (!chunk)
        return NULL;
    struct slot_page *made = recording_chunk_payload(chunk);
    if (PUT_FIRST(&(*top)[page % SLOT_PAGES_PER_TOP], made))
        chunk->used = sizeof(struct slot_page); /* otherwise the chunk stays empty */
    return slot_records_find(records, index);
}

void slot_records_forget(struct slot_records *records)
{
    for (unsigned top = 0; top < SLOT_RECORDS_TOPS; top++)
        if (records->tops[top])
            memset(records->tops[top], 0, TOP_BYTES);
}
