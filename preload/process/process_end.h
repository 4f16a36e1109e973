/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROCESS_END_H
#define LEAKGRAPH_PROCESS_END_H

/* The end of one process image, by exit, a signal or exec: the last snapshot and the last words. */

#include "preload/recording.h"

/* The last words: takes the last snapshot and notes the end. Only in process_is_itself(),
 * process_mark.h. */
void process_ends(enum recording_ended ended, int status, void *signal_context);
/* What exit() was called with or main returned; libc's own calls of exit are noticed from main on.
 */
void process_note_exit_status(int status);
void process_main_begins(void);
/* An exec failed: the process goes on. */
void process_goes_on(void);
int process_exit_status(void);

#endif
