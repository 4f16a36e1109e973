/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ALLOCATION_USE_H
#define LEAKGRAPH_ALLOCATION_USE_H

/*
 * What a block is for, judging by the standard library's functions between the allocation and the
 * user's line: a string's characters, a vector that outgrew its buffer, a node of a map.
 *
 *     struct allocation_use_teller teller = {0};
 *     for (each frame outward) allocation_use_hear(&teller, frame->function);
 *     enum allocation_use use = teller.use;
 */

#include <stdbool.h>

enum allocation_use {
    USE_PLAIN, /* new or malloc on the line itself */
    USE_STRING,
    USE_GROWN_STRING, /* one that outgrew its buffer */
    USE_VECTOR,
    USE_GROWN_VECTOR, /* by push_back and the like */
    USE_DEQUE,
    USE_LIST,   /* a node */
    USE_TREE,   /* a node of a map or set */
    USE_HASH,   /* a node of an unordered one */
    USE_SHARED, /* an object with its count */
    USE_FUNCTION,
    USE_STREAM,
    USE_OTHER, /* from the library, none of the above */
};

struct allocation_use_teller {
    enum allocation_use use;
};

void allocation_use_hear(struct allocation_use_teller *teller, const char *function);

#endif
