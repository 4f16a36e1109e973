/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROCESS_H
#define LEAKGRAPH_PROCESS_H

/*
 * The life of one process image: start and fork. Recording begins at the first event or in
 * our constructor, whichever comes first, and again in every forked child that allocates, which
 * process_mark.h tells apart.
 */

#include <stdbool.h>

#include "preload/recording/process_mark.h"

/* Begins to record, also in a new child; false when that is not possible, or not yet. */
bool process_begin(void);

/* The folder that it records into, absolute; "" before the start. */
const char *process_session(void);
/* GLib has been told to use malloc in place of its slices: this process's recordings say so. */
void process_note_slices_off(void);
/* errno, when this process is a forked child that could not record; 0 otherwise. */
int process_start_failure(void);

#endif
