/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_RUNTIME_H
#define LEAKGRAPH_PYTHON_RUNTIME_H

/*
 * What the stacks tell of CPython's interpreter.
 *
 * Whether a block is the interpreter's own, made without an extension or another library in the
 * call. CPython loses such blocks on purpose: what a daemon thread was started with when the
 * program ends, locks that a forked child replaces. No Python programmer can fix that.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/stacks.h"

/* `stack` is the recording's node. */
bool python_runtime_made(struct stacks *stacks, const struct recording *recording, uint32_t stack);

/* Has the interpreter run? A program may link to libpython and never start it. */
bool python_runtime_began(struct stacks *stacks, const struct recording *recording);

#endif
