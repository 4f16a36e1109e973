/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SUPPRESSIONS_H
#define LEAKGRAPH_SUPPRESSIONS_H

/*
 * The built-in suppressions: blocks that the C and C++ runtime keeps for the life of the process.
 * They are never leaks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/stacks.h"

/* Whether the stack belongs to the loader, a thread's dtv or libstdc++'s emergency pool. */
bool suppressions_is_runtime(struct stacks *stacks, const struct recording *recording,
                             uint32_t node);

/* Whether it is the exception pool of a libstdc++ without symbols. `innermost` is the stack's
 * innermost frame. */
bool suppressions_is_nameless_pool(struct stacks *stacks, const struct recording *recording,
                                   uint32_t node, const struct frame *innermost);

/* What they are, for a list; NULL after the last. */
struct suppressions_builtin {
    const char *name, *what;
};
const struct suppressions_builtin *suppressions_builtin(size_t index);

#endif
