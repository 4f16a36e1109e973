/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TAIL_LIST_H
#define LEAKGRAPH_TAIL_LIST_H

/*
 * What a cycle keeps, grouped for people: what one member holds of one type, made on one line. (A
 * recursive function makes the same things from as many call stacks as it is deep.)
 *
 *     size_t count;
 *     struct cycle_tail *tails = tail_list_make(cycle, &count);     ... free(tails)
 */

#include <stddef.h>

#include "analyzer/model.h"

/* Most bytes first; the site is one of the group's. NULL: out of memory. */
struct cycle_tail *tail_list_make(const struct cycle *cycle, size_t *count);

#endif
