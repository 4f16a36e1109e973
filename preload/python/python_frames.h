/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_FRAMES_H
#define LEAKGRAPH_PYTHON_FRAMES_H

/*
 * The Python frames of the calling thread, whoever holds the interpreter's lock: only the thread
 * itself changes its chain of frames, and frames hold their code, so it can be followed inside
 * malloc.
 *
 * A thread remembers its last chain, as stack_cache.h does with return addresses: from the first
 * frame that is remembered outward it is enough to look whether each frame's instruction and link
 * still are what they were. The order of these looks is such that nothing is read but what is known
 * to be a frame.
 *
 * Owned by one thread and used by one capture at a time. No malloc, no lock.
 *
 *     const struct python_stack *stack = python_frames_walk(&cache->python);
 *     if (stack != NULL) ... stack->hash, stack->frames[1 .. stack->count - 1] ...
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/python/python_codes.h"

struct python_frame {
    uintptr_t address;
    python_place place; /* PYTHON_PLACE_NOT_BEGUN: not part of the stack */
    uint64_t hash;      /* see stack_hash.h: of this frame's place and all outward of it */
    uint32_t claims_end;
};

struct python_stack;

/* NULL when the thread runs no Python. */
const struct python_stack *python_frames_walk(struct python_stack **place);

/* Outermost first, from index 1. */
const struct python_frame *python_frames_of(const struct python_stack *stack, uint32_t *count);
uint64_t python_frames_hash(const struct python_stack *stack);

/* Where in the C stack each of these frames is evaluated: fills evaluations[i] with an address in
   the C frame of the evaluation that began with frames[i], 0 when it went on in that of its caller,
   and PYTHON_FRAMES_SOMEWHERE when this version does not tell. */
#define PYTHON_FRAMES_SOMEWHERE 1u
void python_frames_evaluations(const struct python_stack *stack, uintptr_t *evaluations);

#endif
