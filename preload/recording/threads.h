/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_THREADS_H
#define LEAKGRAPH_THREADS_H

/*
 * What the shim knows of each thread. A thread's state is found through one word of static TLS and
 * made at its first event. Nothing runs when a thread ends (no pthread key, no TLS destructor: they
 * may all be taken, and others still allocate after ours): the states of dead threads are found
 * again when new ones are needed, so their number follows the threads alive at once.
 *
 * Called inside malloc: no malloc, no lock.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/recording/event_clock.h"
#include "preload/recording.h"
#include "preload/recording/slot_records.h"

struct thread {
    uint32_t slot;
    int32_t tid;
    /* Depth of hooks under way: above 1 in a signal handler that interrupted one. */
    int in_hook;
    /* Our own calls out (dlsym, dlopen, dl_iterate_phdr) allocate: pass that through. */
    int internal;
    uint64_t passed_through; /* events of such calls */
    /* A realloc is moving a block: a snapshot waits for its end. */
    int moving;
    int stop_pending; /* value of a stop signal that came meanwhile, or THREAD_REQUEST_PENDING */
    const void *last_allocation; /* to tell a temporary one */
    const void *deleting;        /* what operator delete is freeing now */
    int64_t unflushed_bytes;     /* change of live bytes that the total does not know yet */
    int64_t least_unflushed, most_unflushed; /* beyond these counters.c has to look */
    int32_t until_look;                      /* allocations until the next look for requests */
    uint32_t looks;
    struct event_clock clock;
    struct call_stack_cache *call_stack;
    struct slot_records counters; /* struct recording_site_counters by site */
    struct recording_thread *record;
};

enum { THREAD_REQUEST_PENDING = -1 };

/* Of a thread that has no state yet: it seems to be in a call of our own, so that the short ways
   through the hooks leave it alone. */
extern struct thread threads_none;
extern __thread struct thread *threads_current; /* never NULL */

/* NULL when there is no memory for it. */
struct thread *threads_make(void);
static inline struct thread *threads_self(void)
{
    struct thread *self = threads_current;
    return __builtin_expect(self != &threads_none, 1) ? self : threads_make();
}

/* How many states are in use or were: an upper bound of the threads alive. 1: this thread is alone.
 */
uint32_t threads_count(void);
/* The state in slot 0 .. threads_count() - 1. NULL while it is being made. */
struct thread *threads_at(uint32_t slot);

/* There are more threads, or the counts are others: everybody looks at its next event. */
void threads_void_limits(void);

/*
 * This thread's name or policy has changed, outside of malloc. When it became a real-time thread,
 * or is none any more, what it allocates from now on is counted in another slot.
 */
void threads_look_again(void);
/* `chrt` and the like change it from outside, and nothing tells: to be called now and then. */
void threads_look_at_policy(void);
/* The same as threads_look_again() of some other thread: its name and policy are recorded, its slot
 * stays. */
void threads_look_again_at_all(void);

/*
 * A child of fork has one thread: forgets the others and gives this one its record anew. Whether
 * there were others is looked up just before a fork; a fork that nothing tells of (clone) is judged
 * by who allocated.
 */
void threads_before_fork(void);
void threads_in_forked_child(void);
void threads_restart_after_fork(void);

/* Blocks that were made before this moment are those that this process was born with; 0: it was not
   forked. */
extern uint64_t threads_forked_at_ticks;

/* Blocks that this process was born with and that were made before this moment may be held by
   threads that it does not have; 0: its parent had no other threads. */
extern uint64_t threads_lost_at_ticks;

#endif
