/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TYPE_SPELLING_H
#define LEAKGRAPH_TYPE_SPELLING_H

/*
 * One type, several spellings: the compiler writes `vector<long unsigned int>` and `const Foo`, the
 * demangler `std::vector<unsigned long>` and `Foo const`.
 */

#include <stdint.h>

/* Equal for all spellings of one type. Ignores spaces, the library's inline namespaces, the order
 * of words in `unsigned long int`, and `const`. */
uint64_t type_spelling_hash(const char *name);

#endif
