/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SLOT_RECORDS_H
#define LEAKGRAPH_SLOT_RECORDS_H

/*
 * Records that only one thread slot writes, so that threads never share a cache line: an array
 * whose pages are made in the recording as they are used. Called inside malloc and in signal
 * handlers that interrupt it: no malloc, no lock.
 *
 *     struct recording_site_counters *counters = slot_records_find(&thread->counters, site);
 *     if (!counters)
 *         counters = slot_records_make(&thread->counters, RECORDING_CHUNK_COUNTERS, slot, site);
 */

#include <stddef.h>
#include <stdint.h>

#include "preload/recording.h"

/* Powers of two, so that an index is split without a division. */
enum {
    SLOT_RECORD_BYTES = 192, /* three cache lines */
    SLOT_RECORDS_PER_PAGE = 64,
    SLOT_PAGES_PER_TOP = 512,
    SLOT_RECORDS_TOPS = (1 << 24) / (SLOT_PAGES_PER_TOP * SLOT_RECORDS_PER_PAGE),
};

struct slot_page {
    char records[SLOT_RECORDS_PER_PAGE][SLOT_RECORD_BYTES];
};

struct slot_records {
    struct slot_page **tops[SLOT_RECORDS_TOPS];
};

/* NULL when its page does not exist yet. The index is below 2^24. */
static inline void *slot_records_find(const struct slot_records *records, uint32_t index)
{
    uint32_t page = index / SLOT_RECORDS_PER_PAGE;
    struct slot_page **pages = records->tops[page / SLOT_PAGES_PER_TOP];
    struct slot_page *found =
        __builtin_expect(pages != NULL, 1) ? pages[page % SLOT_PAGES_PER_TOP] : NULL;
    return __builtin_expect(found != NULL, 1) ? found->records[index % SLOT_RECORDS_PER_PAGE]
                                              : NULL;
}

/* NULL when there is no room. */
void *slot_records_make(struct slot_records *records, enum recording_chunk_type type, uint32_t slot,
                        uint32_t index);

/* In a forked child: the recording is a new one, so every page is made again. */
void slot_records_forget(struct slot_records *records);

#endif
