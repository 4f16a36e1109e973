/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_FRAMES_H
#define LEAKGRAPH_PYTHON_FRAMES_H

/*
 * The Python frames of a recording. The interpreter's C frames around them stand for nothing that
 * anybody wrote: they are left out of stacks that have Python frames. Everything belongs to the
 * arena.
 *
 *     struct python_frames *frames = python_frames_new(arena, recording);
 *     if (python_frames_is_one(node)) found = python_frames_get(frames, id);
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/symbols/symbols.h"

struct python_frames;

struct python_frames *python_frames_new(struct arena *arena, const struct recording *recording);

static inline bool python_frames_is_one(const struct recording_stack_node *node)
{
    return node->module_and_flags & RECORDING_STACK_PYTHON;
}

/* One frame, for a node that python_frames_is_one(). */
const struct symbol_frames *python_frames_get(struct python_frames *frames, uint32_t node);

/* A frame in the interpreter's module, which may contain a whole program as well. */
bool python_frames_is_interpreter(const struct frame *frame);

#endif
