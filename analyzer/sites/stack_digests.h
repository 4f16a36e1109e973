/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STACK_DIGESTS_H
#define LEAKGRAPH_STACK_DIGESTS_H

/*
 * What a summary says of a stack: the innermost line that somebody can change, and the frame that
 * stands for the stack. Only as much of it is looked up as is needed to tell, and callers that
 * stacks have in common are looked up once: that makes the summary of many thousands of stacks
 * quick.
 *
 *     struct stack_digests *digests = stack_digests_new(arena, recording, stacks);
 *     struct stack_digest digest = stack_digests_get(digests, site->stack);
 *     struct stack shown = stack_digests_stack(arena, &digest);
 */

#include "analyzer/base/arena.h"
#include "analyzer/model.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/sites/stacks.h"

/* Frames of one address are the same in memory: equal digests have equal pointers. */
struct stack_digest {
    const struct frame
        *line; /* has a source file that is not the system's; NULL: no frame has one */
    const struct frame *place; /* frame_of_stack() of the whole stack; NULL: it has no frames */
};

struct stack_digests;

struct stack_digests *stack_digests_new(struct arena *arena, const struct recording *recording,
                                        struct stacks *stacks);
struct stack_digest stack_digests_get(struct stack_digests *digests, uint32_t node);
/* The two frames as a stack that was cut; of one frame when they are the same. */
struct stack stack_digests_stack(struct arena *arena, const struct stack_digest *digest);

#endif
