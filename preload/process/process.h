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

#endif
