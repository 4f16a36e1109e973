/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_CHECK_H
#define LEAKGRAPH_PYTHON_CHECK_H

/*
 * The offsets of a version are believed after a look at the first frame that runs: its thread, its
 * code's type, and the types of that one's strings must be what they should. Reads nothing that is
 * not mapped.
 */

#include <stdbool.h>
#include <stdint.h>

/* The calling thread's state of the interpreter. Tells python_settle() once there is a frame;
   true when frames can be followed. */
bool python_check(uintptr_t thread_state);

#endif
