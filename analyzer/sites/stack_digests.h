/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STACK_DIGESTS_H
#define LEAKGRAPH_STACK_DIGESTS_H

/*
 * What a summary needs of a stack: the innermost line that somebody can change, and the frame that
 * stands for the stack. It looks up no more than that takes, and callers shared by several stacks
 * only once. That keeps a summary of many thousands of stacks fast.
 *
 *     struct stack_digests *digests = stack_digests_new(arena, recording, stacks);
 *     struct stack_digest digest = stack_digests_get(digests, site->stack);
 *     struct stack shown = stack_digests_stack(arena, &digest);
 */

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/stacks.h"

/* Frames of one address are one object in memory, so equal digests have equal pointers. */
struct stack_digest {
    const struct frame *line;  /* its source file is not the system's; NULL: no frame has one */
    const struct frame *place; /* frame_of_stack() of the whole stack; NULL: the stack is empty */
};

struct stack_digests;

struct stack_digests *stack_digests_new(struct arena *arena, const struct recording *recording,
                                        struct stacks *stacks);
struct stack_digest stack_digests_get(struct stack_digests *digests, uint32_t node);
/* The two frames as a cut stack; one frame when both are the same. */
struct stack stack_digests_stack(struct arena *arena, const struct stack_digest *digest);

#endif
