/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SCAN_TYPES_H
#define LEAKGRAPH_SCAN_TYPES_H

/*
 * The C++ class of a block whose first word points to a virtual table: from the type_info before
 * the table (Itanium C++ ABI, "Virtual Table Layout"), so stripped programs have it too. Every
 * pointer on the way is checked to lie in a mapped file.
 */

#include <stdint.h>

/* An index from 1, 0 when the word is no virtual table of a complete object. Remembered per table.
 */
uint32_t scan_types_of(uintptr_t first_word);
/* How many indices were given, and the mangled name of one. */
uint32_t scan_types_count(void);
const char *scan_types_name(uint32_t type);

#endif
