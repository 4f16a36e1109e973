/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SUPPRESSIONS_H
#define LEAKGRAPH_SUPPRESSIONS_H

/*
 * The built-in suppressions: blocks that the C and C++ runtime, interpreters and well-known
 * libraries keep for the life of the process. They are never leaks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/stacks.h"

/* The number of the one that the stack belongs to; SUPPRESSIONS_NONE: none. */
#define SUPPRESSIONS_NONE SIZE_MAX
size_t suppressions_find(struct stacks *stacks, const struct recording *recording, uint32_t node);

/* Whether it is the exception pool of a libstdc++ without symbols. `innermost` is the stack's
 * innermost frame. */
bool suppressions_is_nameless_pool(struct stacks *stacks, const struct recording *recording,
                                   uint32_t node, const struct frame *innermost);

/* What they are, for a list. */
struct suppressions_builtin {
    const char *name, *what;
};
size_t suppressions_count(void);
struct suppressions_builtin suppressions_builtin(size_t index);

#endif
