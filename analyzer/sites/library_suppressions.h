/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LIBRARY_SUPPRESSIONS_H
#define LEAKGRAPH_LIBRARY_SUPPRESSIONS_H

/*
 * What well-known libraries lose on purpose: tables that they outgrow, what they set up once. A
 * stack is theirs when it is in the library's files from the allocation out to a function that
 * keeps what it makes for good, to the loader that initialises the library, or to the start of a
 * thread of its own. As soon as other code is on the way there, it is not.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/sites/stacks.h"

/* Patterns with * and ?; lists end with NULL. */
struct library_suppression {
    const char *name, *what;
    const char *const *modules;   /* base names of the library's files */
    const char *const *functions; /* what they make is kept for good */
    const char *const *except;    /* but what these make on the way is the caller's; NULL: none */
    bool owns_threads;            /* nothing that its own threads allocate becomes the user's */
    bool generates_code;          /* frames in no file are its own, on the way to a function */
};

extern const struct library_suppression library_suppressions[];
extern const size_t library_suppression_count;

/* `node` is the innermost that is not ours. */
bool library_suppressions_applies(const struct library_suppression *library, struct stacks *stacks,
                                  const struct recording *recording, uint32_t node);

#endif
