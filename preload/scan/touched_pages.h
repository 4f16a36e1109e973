/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TOUCHED_PAGES_H
#define LEAKGRAPH_TOUCHED_PAGES_H

/*
 * Which pages of the target's memory were ever used. A program may map 100 GB and use one page; to
 * read the others would take minutes, and memory where the mapping is shared. In the snapshot child
 * only.
 *
 *     struct touched_pages pages;
 *     touched_pages_start(&pages, start, end, TOUCHED_PRIVATE);
 *     while (touched_pages_next(&pages, &from, &to)) ...
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum touched_kind {
    TOUCHED_PRIVATE, /* what is small is not asked about: reading it takes less time */
    TOUCHED_SHARED,
    TOUCHED_WRITTEN, /* private: no longer what a file holds, and no untouched zeros */
};

struct touched_pages {
    uintptr_t at, end;
    enum touched_kind kind;
};

void touched_pages_start(struct touched_pages *pages, uintptr_t start, uintptr_t end,
                         enum touched_kind kind);

/* The next range that was used, cut to [start, end); false at the end. What the kernel tells
   nothing about counts as used, but not as written. Walks share what they read ahead: one at a time
   is quick. */
bool touched_pages_next(struct touched_pages *pages, uintptr_t *from, uintptr_t *to);

/* Walks keep a file open; a process that goes on must not. */
void touched_pages_close(void);

#endif
