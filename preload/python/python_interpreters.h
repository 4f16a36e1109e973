/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_INTERPRETERS_H
#define LEAKGRAPH_PYTHON_INTERPRETERS_H

/*
 * Python's interpreters and their collectors, found by python_layout.h: what a snapshot starts
 * from. Reads Python's memory as it is: only the functions that say so may be called at any time.
 */

#include <stdbool.h>
#include <stdint.h>

/* A version whose layout is taken, and nothing has spoken against it. Cheap, at any time. */
bool python_interpreters_are_known(void);
/* Objects can be looked at: initialised, and the end has not begun, or is about to. At any time. */
bool python_interpreters_are_readable(bool is_ending);
/* Whether there are others besides the main one. Cheap, at any time. */
bool python_interpreters_are_several(void);

/* The rest needs a layout. */
/* The state of the thread that finalises Python, 0 before: threads and exit handlers are through
 * then. */
uintptr_t python_interpreters_finalising_thread(void);
/* The state of the main interpreter, 0 when there is none; and all, one by one from 0 on. */
uintptr_t python_interpreters_main(void);
uintptr_t python_interpreters_next(uintptr_t interpreter);

/* The collector's state: 3.8 has one for all interpreters. */
uintptr_t python_interpreters_collector(uintptr_t interpreter);
/* At work: what is garbage cannot be told then. */
bool python_collector_is_at_work(uintptr_t collector);
/* Its lists, from the youngest on; 0 when they are not where this version has them. May fault. */
uintptr_t python_collector_generations(uintptr_t collector);

#endif
