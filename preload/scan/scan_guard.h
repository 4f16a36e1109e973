/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SCAN_GUARD_H
#define LEAKGRAPH_SCAN_GUARD_H

/*
 * Reading memory that may be protected, or not be there: PROT_NONE pages lie inside blocks and
 * mappings, and a block that was moving may be unmapped. Where a read faults, the page is made
 * readable; where there is none, a page of zeros is put, and counted. The image is the child's own.
 * In the snapshot child only.
 */

#include <stdbool.h>
#include <stdint.h>

/* Installs the fault handlers; other signals stay blocked. */
void scan_guard_start(void);

/* Calls visit(word, where, context) for every aligned word in [start, end) that can be read. */
typedef void scan_guard_visitor(uintptr_t word, uintptr_t where, void *context);

/* What may fault now. */
struct scan_guard_range {
    volatile uintptr_t start, end;
};
extern struct scan_guard_range scan_guard_range;

/* Here for the compiler: a visitor that it sees costs no call for every word of a heap. */
static inline __attribute__((always_inline)) void
scan_guard_words(uintptr_t start, uintptr_t end, scan_guard_visitor *visit, void *context)
{
    uintptr_t outer_start = scan_guard_range.start, outer_end = scan_guard_range.end;
    scan_guard_range.start = start;
    scan_guard_range.end = end;
    for (uintptr_t at = (start + 7) & ~(uintptr_t)7; at + 8 <= end; at += 8)
        visit(*(const volatile uintptr_t *)at, at, context);
    scan_guard_range.start = outer_start;
    scan_guard_range.end = outer_end;
}

/* One word, wherever it is. */
static inline uintptr_t scan_guard_word(uintptr_t address)
{
    uintptr_t outer_start = scan_guard_range.start, outer_end = scan_guard_range.end;
    scan_guard_range.start = address;
    scan_guard_range.end = address + sizeof(uintptr_t);
    uintptr_t word = *(const volatile uintptr_t *)address;
    scan_guard_range.start = outer_start;
    scan_guard_range.end = outer_end;
    return word;
}

/* Calls the function, and returns false when a fault ended it. Calls do not nest. */
bool scan_guard_call(void (*function)(void *), void *context);

extern uint64_t scan_guard_unreadable_bytes;

#endif
