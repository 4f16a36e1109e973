/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SNAPSHOT_REQUESTS_H
#define LEAKGRAPH_SNAPSHOT_REQUESTS_H

/*
 * Who asks for a snapshot while the program runs: another process (struct recording_request), the
 * program itself (leakgraph.h), the clock, and what the memory has grown to. The clock and the
 * memory are looked at when the program allocates, so a program that does nothing is left alone.
 *
 * None of these waits for the graph: the child writes it while the program goes on.
 */

#include <ucontext.h>

#include "preload/recording/threads.h"
#include "preload/snapshot/snapshot.h"

/* Every so many allocations of a thread. Cheap when nothing is due. */
enum { SNAPSHOT_REQUESTS_PERIOD = 64 };
void snapshot_requests_look(struct thread *thread);

/* In the handler of our signal. */
void snapshot_requests_serve(const ucontext_t *interrupted);
/* A signal of ours came while a block was moving: now it has moved. */
void snapshot_requests_answer_pending(struct thread *thread);

/* Of the program itself: waits for its turn. */
struct snapshot_result snapshot_requests_take(const struct snapshot_wish *wish);

/* When the options are read, and in a forked child. */
void snapshot_requests_start(void);

#endif
