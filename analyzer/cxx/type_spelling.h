/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TYPE_SPELLING_H
#define LEAKGRAPH_TYPE_SPELLING_H

/*
 * One type, several spellings: the compiler writes `vector<long unsigned int>` and `const Foo`
 * where the demangler writes `std::vector<unsigned long>` and `Foo const`.
 */

#include <stdint.h>

/* Equal for spellings of the same type. Spaces, inline namespaces of the library, the order of
 * `unsigned long int`, and `const` do not count. */
uint64_t type_spelling_hash(const char *name);

#endif
