/* SPDX-License-Identifier: MIT */
/* lifetimes DIRECTORY: freed blocks are counted by how long they lived, also beyond the 32 bits that a count
   has. Prints what differs. */
#include <stdio.h>

#include "preload/blocks/counters.h"
#include "preload/recording/recording_writer.h"

enum { SITE = 70, LONGEST_SHIFT = 62 };

static int wrong;

static void expect(const char *what, uint64_t found, uint64_t wanted)
{
    if (found == wanted)
        return;
    wrong++;
    printf("%s: %zu instead of %zu\n", what, (size_t)found, (size_t)wanted);
}

static void live(struct thread *thread, uint64_t lived_ns)
{
    counters_allocated(thread, counters_find(thread, SITE), 100, 1);
    counters_freed(thread, SITE, 100, 1, false, 1 + lived_ns); /* a tick is a nanosecond here */
}

/* Two of each order, the shortest and the longest. */
static void live_every_order(struct thread *thread)
{
    for (int shift = RECORDING_LIFETIME_SHIFT; shift < LONGEST_SHIFT; shift++) {
        live(thread, UINT64_C(1) << shift);
        live(thread, (UINT64_C(2) << shift) - 1);
    }
    live(thread, 0);
    live(thread, (UINT64_C(1) << RECORDING_LIFETIME_SHIFT) - 1);
}

static const struct recording_chunk *chunk_of(enum recording_chunk_type type)
{
    uint64_t end = recording_header->used_bytes;
    for (uint64_t at = RECORDING_PAGE_BYTES; at < end;) {
        const struct recording_chunk *chunk = recording_address(at, RECORDING_PAGE_BYTES);
        if (chunk && chunk->type == type)
            return recording_address(at, (uint64_t)chunk->pages * RECORDING_PAGE_BYTES);
        at += (chunk && chunk->pages ? chunk->pages : 1) * (uint64_t)RECORDING_PAGE_BYTES;
    }
    return NULL;
}

static struct recording_site_counters *counters_in_recording(void)
{
    const struct recording_chunk *chunk = chunk_of(RECORDING_CHUNK_COUNTERS);
    return chunk ? (struct recording_site_counters *)(chunk + 1) + (SITE - chunk->key) : NULL;
}

static void orders_are_told_apart(const struct recording_site_counters *counters)
{
    enum { LONGER = RECORDING_LIFETIMES - 1, SHIFTS = LONGEST_SHIFT - RECORDING_LIFETIME_SHIFT };
    for (int i = 0; i < LONGER - 1; i++)
        expect("blocks of an order", counters->lifetimes[i], 2);
    expect("the longest", counters->lifetimes[LONGER - 1], 2 * (SHIFTS - (LONGER - 1)));
    expect("frees", counters->frees, 2 * SHIFTS + 2);
    expect("freed bytes", counters->freed_bytes, 100 * (2 * SHIFTS + 2));
}

static void full_counts_are_carried(struct thread *thread, struct recording_site_counters *counters)
{
    counters->lifetimes[5] = counters->lifetimes[7] = UINT32_MAX;
    live(thread, UINT64_C(1) << (RECORDING_LIFETIME_SHIFT + 5));
    live(thread, UINT64_C(1) << (RECORDING_LIFETIME_SHIFT + 7));
    counters->lifetimes[5] = UINT32_MAX;
    live(thread, UINT64_C(1) << (RECORDING_LIFETIME_SHIFT + 5));
    live(thread, UINT64_C(1) << (RECORDING_LIFETIME_SHIFT + 5));
    expect("what is left of a count", counters->lifetimes[5], 1);
    const struct recording_chunk *chunk = chunk_of(RECORDING_CHUNK_CARRIES);
    const struct recording_carry *carries = chunk ? (const void *)(chunk + 1) : NULL;
    static const struct recording_carry expected[] = {{SITE, 7, 2}, {SITE, 9, 1}, {0, 0, 0}};
    for (int i = 0; i < 3; i++) {
        expect("a carry's site", carries ? carries[i].site : 0, expected[i].site);
        expect("a carry's order", carries ? carries[i].order : 0, expected[i].order);
        expect("a carry's times", carries ? carries[i].times : 0, expected[i].times);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2 || !recording_create(argv[1]))
        return 2;
    struct thread *thread = threads_make();
    live_every_order(thread);
    struct recording_site_counters *counters = counters_in_recording();
    if (!counters)
        return 2;
    orders_are_told_apart(counters);
    full_counts_are_carried(thread, counters);
    printf("%d wrong\n", wrong);
    return wrong != 0;
}
