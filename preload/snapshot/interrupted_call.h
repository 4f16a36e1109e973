/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_INTERRUPTED_CALL_H
#define LEAKGRAPH_INTERRUPTED_CALL_H

/*
 * A signal of ours came while the program waited in the kernel. Most calls the kernel goes on with
 * by itself (SA_RESTART), but poll, epoll_wait, nanosleep and their like return EINTR after any
 * handler. The program must not see that: the handler steps back onto the system call, with what is
 * left of its timeout.
 *
 * What is left the kernel tells for some calls (select, ppoll, nanosleep with a second argument).
 * For the others hooks_waits.c notes when they end. Calls in neither way (system calls made by
 * hand, socket timeouts) wait for their whole time again.
 */

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

/*
 * The last act of a handler. `number` is the system call in which the thread was when the signal
 * was sent, at `next`; -1 when that is not known. A real interruption, by a signal of the program's
 * that came too, stays one.
 */
void interrupted_call_resume(ucontext_t *context, long number, uintptr_t next, int our_signal);

/* Around a call with a timeout: when will it end? Kept apart for every level of signal handlers. */
struct interrupted_call_wait {
    uint64_t ends_ns; /* CLOCK_MONOTONIC; 0: no wait of a known length */
    uintptr_t frame;  /* what lies below belongs to it */
};
struct interrupted_call_wait interrupted_call_begin(uint64_t timeout_ns);
void interrupted_call_end(struct interrupted_call_wait before);

#endif
