/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_ODD_FRAME_H
#define LEAKGRAPH_ODD_FRAME_H

/*
 * The rare frame whose caller cannot be found from sp and fp alone (the dynamic linker's lazy
 * binding keeps its CFA in rbx, for instance): walks from the start again with all registers that
 * can be derived, reading the call frame information in full. Slow, every read is probed, about 1.5
 * KB of stack. Called inside malloc and in signal handlers: no malloc, no lock.
 */

#include <stdbool.h>

#include "preload/base/call_frame.h"

/* `at` is a frame outward of `start`; becomes its caller. False when that needs a register whose
   value is not known. */
bool odd_frame_step(const struct call_frame *start, struct call_frame *at);

#endif
