/* SPDX-License-Identifier: MIT */
#include "preload/recording/slot_records.h"

#include <string.h>

#include "preload/base/private_memory.h"
#include "preload/recording/recording_writer.h"

void *slot_records_make(struct slot_records *records, enum recording_chunk_type type, uint32_t slot,
                        uint32_t index)
{
    uint32_t page = index / SLOT_RECORDS_PER_PAGE;
    if (page / SLOT_PAGES_PER_TOP >= SLOT_RECORDS_TOPS)
        return NULL;
    struct slot_page *_Atomic **pages = &records->tops[page / SLOT_PAGES_PER_TOP];
    if (!*pages)
        *pages = private_memory_map(SLOT_PAGES_PER_TOP * sizeof **pages);
    if (!*pages)
        return NULL;
    struct recording_chunk *chunk = recording_chunk_new(
        type, (uint64_t)page * SLOT_RECORDS_PER_PAGE, slot, 0, sizeof(struct slot_page));
    if (!chunk)
        return NULL;
    chunk->used = sizeof(struct slot_page);
    (*pages)[page % SLOT_PAGES_PER_TOP] = recording_chunk_payload(chunk);
    return slot_records_find(records, index);
}

void slot_records_forget(struct slot_records *records)
{
    for (unsigned top = 0; top < SLOT_RECORDS_TOPS; top++)
        if (records->tops[top])
            memset((void *)records->tops[top], 0, SLOT_PAGES_PER_TOP * sizeof *records->tops[top]);
}
