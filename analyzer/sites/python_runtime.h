/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_RUNTIME_H
#define LEAKGRAPH_PYTHON_RUNTIME_H

/*
 * Is a block the interpreter's own, without an extension or another library in the call? What
 * CPython loses of those is lost on purpose: what a daemon thread was started with when the program
 * ends, locks that a forked child makes anew. Nobody who writes Python can mend that.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/stacks.h"

/* `stack` by the recording's id. */
bool python_runtime_made(struct stacks *stacks, const struct recording *recording, uint32_t stack);

#endif
