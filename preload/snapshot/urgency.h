/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_URGENCY_H
#define LEAKGRAPH_URGENCY_H

/*
 * Real-time threads that stand still must not wait until the kernel finds a moment for the ordinary
 * thread that stopped them. While it holds them, it runs at the highest priority of theirs, as a
 * mutex with priority inheritance has it. Without the right to that it stays as it is.
 *
 *     urgency_begin(highest urgency_of() of them);
 *     ...
 *     urgency_end();
 */

#include <stdint.h>

/* The real-time priority of a thread of this process, 0 when it has none. */
int urgency_of(int32_t tid);

/* For the calling thread, which is the only one that does so. 0: nobody is in a hurry. */
void urgency_begin(int priority);
void urgency_end(void);

#endif
