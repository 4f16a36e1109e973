/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SCAN_GUARD_H
#define LEAKGRAPH_SCAN_GUARD_H

/*
 * Reading memory that may not be there: PROT_NONE pages lie inside blocks and mappings, and a block that
 * was moving may be unmapped. A fault skips to the next page and is counted. In the snapshot child only.
 */

#include <stdbool.h>
#include <stdint.h>

/* Installs the fault handlers; other signals stay blocked. */
void scan_guard_start(void);

/* Calls visit(word, where, context) for every aligned word in [start, end) that can be read. */
typedef void scan_guard_visitor(uintptr_t word, uintptr_t where, void *context);
void scan_guard_words(uintptr_t start, uintptr_t end, scan_guard_visitor *visit, void *context);

/* Calls the function, and returns false when a fault ended it. Calls do not nest. */
bool scan_guard_call(void (*function)(void *), void *context);

extern uint64_t scan_guard_unreadable_bytes;

#endif
