/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CAPTURE_EPOCH_H
#define LEAKGRAPH_CAPTURE_EPOCH_H

/*
 * One number for all that a capture has to look at before it trusts what it remembers: modules came
 * or went or may have, Python was found or is left alone, the process forked. Whoever changes such
 * a thing begins a new epoch; a thread whose last capture was of this one looks at nothing else.
 */

#include <stdatomic.h>
#include <stdint.h>

/* Low bits are the captures' own, see call_stack.c. */
enum { CAPTURE_EPOCH_STEP = 4 };
extern _Atomic uint32_t capture_epoch; /* never 0 */

static inline void capture_epoch_begin(void)
{
    atomic_fetch_add(&capture_epoch, CAPTURE_EPOCH_STEP);
}

#endif
