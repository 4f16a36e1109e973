/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROCESS_MARK_H
#define LEAKGRAPH_PROCESS_MARK_H

/*
 * Does this process record? A word tells, in a page that the kernel wipes in a forked child
 * (MADV_WIPEONFORK). No handler has to run, so this works for clone and for a fork without
 * handlers, and a vfork child still counts as its parent. process.c makes the page when recording
 * begins.
 */

#include <stdbool.h>
#include <stdint.h>

extern const volatile uint32_t *process_mark;

/* False in a forked child that has not begun to record. */
static inline bool process_is_recording(void)
{
    return *process_mark != 0;
}

/* Also false in a vfork child of the recorded process. Asks the kernel: for ends of processes. */
bool process_is_itself(void);

/* The recording was cut by somebody: nobody records in this image any more. In a signal handler. */
void process_mark_give_up(void);
extern volatile bool process_mark_is_given_up;

/* In process.c: a page for the mark, NULL without one. */
volatile uint32_t *process_mark_make(void);

#endif
