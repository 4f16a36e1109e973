/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SUPPRESSIONS_H
#define LEAKGRAPH_SUPPRESSIONS_H

/*
 * The built-in suppressions: blocks that the C and C++ runtime keeps for the life of the process.
 * They are never leaks, whoever looks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/stacks.h"

/* Does the stack belong to the loader, to a thread's dtv, or to libstdc++'s emergency pool? */
bool suppressions_is_runtime(struct stacks *stacks, const struct recording *recording,
                             uint32_t node);

/* Is it the pool for exceptions of a libstdc++ without symbols? `innermost` is the stack's
 * innermost frame. */
bool suppressions_is_nameless_pool(struct stacks *stacks, const struct recording *recording,
                                   uint32_t node, const struct frame *innermost);

/* What they are, one after another for a list; NULL behind the last. */
struct suppressions_builtin {
    const char *name, *what;
};
const struct suppressions_builtin *suppressions_builtin(size_t index);

#endif
