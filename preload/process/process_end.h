/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROCESS_END_H
#define LEAKGRAPH_PROCESS_END_H

/* The end of one process image, by exit, a signal or exec: the last snapshot, and how it ended. */

#include "preload/recording.h"

/* Takes the last snapshot and records the end. Only when process_is_itself(), process_mark.h. */
void process_ends(enum recording_ended ended, int status, void *signal_context);
/* The argument of exit() or the value of main; from process_main_begins() on, exits inside libc are
   noticed too. */
void process_note_exit_status(int status);
void process_main_begins(void);
/* An exec failed: the process continues. */
void process_goes_on(void);
int process_exit_status(void);

#endif
