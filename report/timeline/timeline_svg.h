/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TIMELINE_SVG_H
#define LEAKGRAPH_TIMELINE_SVG_H

/* The timeline of a process as a chart: heap and resident memory over time, as one SVG element. */

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/model.h"

/* False: the process has no timeline; nothing was written. */
bool timeline_svg_write_process(const struct process *process, FILE *file);

/* The chart of the process with the biggest peak, as a file of its own. */
bool timeline_svg_write(const struct session *session, FILE *file, struct error *error);

#endif
