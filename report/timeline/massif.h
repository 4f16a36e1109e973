/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MASSIF_H
#define LEAKGRAPH_MASSIF_H

/*
 * valgrind's massif.out, for ms_print and massif-visualizer: the heap of one process over time, and
 * who held it at the peak and at the end. Shows the process with the biggest peak; without a
 * timeline, only those two snapshots.
 */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"

bool massif_write(const struct session *session, FILE *file, struct error *error);

#endif
