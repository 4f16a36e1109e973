/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CALL_STACK_H
#define LEAKGRAPH_CALL_STACK_H

/*
 * Captures the call stack of a hook's caller and returns the id of its site.
 * Called inside malloc and in signal handlers that interrupt it: no malloc, no stdio, no lock.
 *
 *     struct call_frame caller = CALL_FRAME_OF_CALLER();   (in the hook itself)
 *     uint32_t site = call_stack_capture(&thread->call_stack, &caller);
 */

#include <stdint.h>

#include "preload/base/call_frame.h"

/* A thread's memory of its last stacks; made on demand, owned by the thread's state. */
struct call_stack_cache;

/* Once per process image, before the first capture, where malloc may be called (libunwind is
 * loaded). */
void call_stack_start(void);
/* In a forked child, single-threaded, after the stack table was set up again. */
void call_stack_restart_after_fork(void);

/* For events: the site, and where the thread counts for it. Without room for counters, and for
   some stacks that are rare, they are NULL: capture again by call_stack_capture(). */
struct thread;
struct recording_site_counters;
struct call_stack_site {
    uint32_t site;
    struct recording_site_counters *counters;
};
struct call_stack_site call_stack_capture_counted(struct thread *thread, struct call_frame caller);

/* The site of the stack that starts at `caller`. 0 when it could not be recorded (counted). */
uint32_t call_stack_capture(struct call_stack_cache **cache, const struct call_frame *caller);
/* The same stack's id in the recording. */
uint32_t call_stack_capture_stack(struct call_stack_cache **cache, const struct call_frame *caller);

#endif
