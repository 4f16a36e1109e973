/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_EVENT_CLOCK_H
#define LEAKGRAPH_EVENT_CLOCK_H

/*
 * When does an event happen? Cheap enough for every malloc and free: reading the processor's
 * counter takes 15 ns and more on some machines, so a thread whose events follow one another
 * closely reads it for every sixteenth only and counts in between. The kernel keeps the counter of
 * its last timer tick in memory that everybody may read; when that changed, time has passed and the
 * counter is read at once.
 *
 * So a time is right to a few microseconds, and to one tick of the kernel (1-10 ms) for the first
 * events of a thread that was busy and then slept. Times of one thread rise. No system call.
 *
 *     uint64_t born = event_clock_read(&thread->clock);
 *     uint64_t lived_ns = event_clock_span_ns(event_clock_read(&thread->clock) - born);
 */

#include <stdint.h>

/* A thread's own; zeros to begin with. */
struct event_clock {
    uint64_t now;     /* ticks, see below */
    uint64_t read;    /* ticks when the counter was read the last time */
    uint64_t kernel;  /* what the kernel's tick was then */
    uint32_t guesses; /* events that still need not read the counter */
    uint32_t stride;  /* how many they were after the last reading */
};

/* Before the first event: measures the counter against CLOCK_MONOTONIC, which takes some 50 us. */
void event_clock_start(void);
/* Again, over the time since the start: the longer, the more exact. Outside of hot paths. */
void event_clock_calibrate(void);

/* Ticks since event_clock_start, in this process or the one that forked it. */
extern const volatile uint64_t *event_clock_kernel_tick;
uint64_t event_clock_read_counter(struct event_clock *clock);
static inline uint64_t event_clock_read(struct event_clock *clock)
{
    if (__builtin_expect(*event_clock_kernel_tick != clock->kernel || clock->guesses == 0, 0))
        return event_clock_read_counter(clock);
    clock->guesses--;
    return ++clock->now;
}

/* The same for a birth. Two births of a thread differ by so much that they still do when they are
   rounded, see live_word.h. */
static inline uint64_t event_clock_read_birth(struct event_clock *clock)
{
    enum { STEP = 64 };
    clock->now += STEP;
    return event_clock_read(clock);
}

/* Nanoseconds for every 2^32 ticks. */
extern uint64_t event_clock_scale;
static inline uint64_t event_clock_span_ns(uint64_t ticks)
{
    return (uint64_t)((unsigned __int128)ticks * event_clock_scale >> 32);
}

/*
 * A forked child's births are all later than its parent's, even rounded as live_blocks.h does it:
 * the clock jumps a little. Threads' own clocks start anew. Returns the ticks in between.
 */
uint64_t event_clock_restart_after_fork(void);

/* CLOCK_MONOTONIC at a number of ticks. */
uint64_t event_clock_monotonic_ns(uint64_t ticks);

#endif
