/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TOUCHED_PAGES_H
#define LEAKGRAPH_TOUCHED_PAGES_H

/*
 * Which pages of the target's memory were ever used. A program may map 100 GB and use one page; to
 * read the others would take minutes, and memory where the mapping is shared. In the snapshot child
 * only.
 *
 *     struct touched_pages pages;
 *     touched_pages_start(&pages, start, end, is_shared);
 *     while (touched_pages_next(&pages, &from, &to)) ...
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct touched_pages {
    uintptr_t at, end;
    bool is_shared;
};

void touched_pages_start(struct touched_pages *pages, uintptr_t start, uintptr_t end,
                         bool is_shared);

/* The next range that was used, cut to [start, end); false at the end. What the kernel tells
   nothing about counts as used. Walks share what they read ahead: one at a time is quick. */
bool touched_pages_next(struct touched_pages *pages, uintptr_t *from, uintptr_t *to);

#endif
