/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ERRORS_H
#define LEAKGRAPH_ERRORS_H

/*
 * Double, invalid and mismatched frees. They are only recorded; what would have happened without us
 * happens. Called inside malloc: no malloc, no lock.
 */

#include <stdbool.h>

#include "preload/blocks/call_stack.h"
#include "preload/blocks/live_blocks.h"
#include "preload/recording/threads.h"

/* Before the first block: does libc's malloc serve the program? */
void errors_start(bool malloc_is_glibc);
void errors_mismatched(struct thread *thread, const struct live_block *block,
                       enum recording_block_kind freed_kind, const struct call_frame *caller);
/* A free of something that is not live. `answer`: what the live table said. */
void errors_unknown_free(struct thread *thread, const void *address, enum live_blocks_answer answer,
                         enum recording_block_kind freed_kind, const struct call_frame *caller);

void errors_restart_after_fork(void);

#endif
