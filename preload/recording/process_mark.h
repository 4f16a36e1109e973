/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROCESS_MARK_H
#define LEAKGRAPH_PROCESS_MARK_H

/*
 * Does this process record? Told by a word in a page that the kernel wipes in a forked child
 * (MADV_WIPEONFORK): no handler has to run, so clone, a fork without handlers and a vfork child,
 * which still is its parent, are all told apart. process.c makes the page when recording begins.
 */

#include <stdbool.h>
#include <stdint.h>

extern const volatile uint32_t *process_mark;

/* This process records, and is not a child that has not begun yet. */
static inline bool process_is_recording(void)
{
    return *process_mark != 0;
}

/* Records and is no vfork child of the recorded one (asks the kernel). For what ends a process. */
bool process_is_itself(void);

/* In process.c: a page for the mark, NULL without one. */
volatile uint32_t *process_mark_make(void);

#endif
