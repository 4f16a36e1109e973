/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SHOWN_SITES_H
#define LEAKGRAPH_SHOWN_SITES_H

/*
 * The sites of a process as a file of limited size can show them. A big Python program imports
 * through stacks a hundred frames deep: whole ones for each of its hundred thousand sites are
 * gigabytes. So the biggest sites have whole stacks, as long as there are frames left for them; of
 * the others the innermost frames are kept, and those that look the same then are one. All that the
 * sites count still adds up.
 *
 *     size_t frames_left = ...;
 *     struct shown_sites shown;
 *     if (shown_sites_init(&shown, process, &frames_left))
 *         for (size_t i = 0; i < shown.count; i++) print(&shown.all[i]);
 *     shown_sites_release(&shown);
 */

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/model.h"
#include "report/base/intern.h"

struct shown_sites {
    struct site *all; /* biggest peak first; their stacks are the model's */
    size_t count;
    struct lifetime **lifetimes; /* by site; of those that stand for several */
    struct intern cut;           /* finds those with cut stacks */
};

/* Takes from *frames_left, for whole stacks. False: out of memory; to be released all the same. */
bool shown_sites_init(struct shown_sites *shown, const struct process *process,
                      size_t *frames_left);
void shown_sites_release(struct shown_sites *shown);

#endif
