/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROCESS_H
#define LEAKGRAPH_PROCESS_H

/*
 * The life of one process image: start, fork, exec, exit. Recording begins at the first event or in
 * our constructor, whichever comes first, and again in every forked child that allocates.
 *
 * A fork is noticed by a page that the kernel wipes in the child (MADV_WIPEONFORK): no handler has
 * to run, so clone, a fork without handlers and a vfork child, which still is its parent, are all
 * told apart.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/recording.h"

extern const volatile uint32_t *process_mark;

/* This process records, and is not a child that has not begun yet. */
static inline bool process_is_recording(void)
{
    return *process_mark != 0;
}

/* Begins to record, also in a fresh child; false when that is not possible (yet). */
bool process_begin(void);

/* Records and is no vfork child of the recorded one (asks the kernel). For what ends a process. */
bool process_is_itself(void);

/* The last words: takes the last snapshot and notes the end. Only in process_is_itself(). */
void process_ends(enum recording_ended ended, int status, void *signal_context);
/* What exit() was called with or main returned; libc's own calls of exit are noticed from main on.
 */
void process_note_exit_status(int status);
void process_main_begins(void);
/* An exec failed: the process goes on. */
void process_goes_on(void);

#endif
