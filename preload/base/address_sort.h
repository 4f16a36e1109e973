/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ADDRESS_SORT_H
#define LEAKGRAPH_ADDRESS_SORT_H

/*
 * Sorts records that begin with an address, in place: qsort may allocate. Fast on records that are
 * almost sorted.
 */

#include <stddef.h>

enum { ADDRESS_SORT_LARGEST_BYTES = 64 };
void address_sort(void *records, size_t count, size_t record_bytes);

#endif
