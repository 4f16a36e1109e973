/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MAKERS_H
#define LEAKGRAPH_MAKERS_H

/*
 * Functions of the C++ library that allocate for one type, recognised by name:
 * `std::__new_allocator<Foo>::allocate`, or, where that was inlined (-O2), the container's own
 * function, `std::vector<Foo>::_M_realloc_insert`.
 *
 *     struct maker_product product;
 *     if (makers_find(&product, arena, frame->function)) ... product.type
 */

#include <stdbool.h>

#include "analyzer/base/arena.h"

struct maker_product {
    const char *type;       /* as the compiler spells it; the arena's */
    bool is_class_argument; /* the first template argument of the function's class */
    bool is_own_argument;   /* the first template argument of the function */
    bool makes_many;        /* as many as it is asked for, even if that is one */
};

/* False when the function makes nothing, or nothing that its name tells. NULL is no function. */
bool makers_find(struct maker_product *product, struct arena *arena, const char *function);

#endif
