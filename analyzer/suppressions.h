/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SUPPRESSIONS_H
#define LEAKGRAPH_SUPPRESSIONS_H

/*
 * Blocks that the C and C++ runtime keeps for the life of the process: never leaks, whoever looks.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/recording_reader.h"
#include "analyzer/stacks.h"

/* Does the stack belong to the loader, to a thread's dtv, or to libstdc++'s emergency pool? */
bool suppressions_is_runtime(struct stacks *stacks, const struct recording *recording,
                             uint32_t node);

#endif
