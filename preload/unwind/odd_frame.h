/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ODD_FRAME_H
#define LEAKGRAPH_ODD_FRAME_H

/*
 * For the rare frame whose caller cannot be found from sp and fp alone: the dynamic linker's lazy
 * binding, for instance, keeps its CFA in rbx. Walks again from the start with all registers that
 * can be derived, and reads the call frame information in full. Slow: probes every word it reads,
 * and needs about 1.5 KB of stack. Called inside malloc and in signal handlers: no malloc, no lock.
 */

#include <stdbool.h>

#include "preload/base/call_frame.h"

/* Moves `at`, a frame outward of `start`, to its caller. False when that needs a register whose
   value is not known. */
bool odd_frame_step(const struct call_frame *start, struct call_frame *at);

#endif
