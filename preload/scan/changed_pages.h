/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CHANGED_PAGES_H
#define LEAKGRAPH_CHANGED_PAGES_H

/*
 * Which pages of the blocks that a forked child was born with may have changed since: those that it
 * does not share with its parent any more. In the others no pointer can lead to a block of its own.
 * What the kernel does not tell counts as changed.
 *
 *     changed_pages_note();    in the process: its snapshot child shares every page with it
 *     changed_pages_each();    in the snapshot child
 */

#include <stdbool.h>
#include <stdint.h>

void changed_pages_note(void);
/* The process forks, so that what it has changed itself is shared too: nothing is known any more.
 */
void changed_pages_are_unknown(void);
/* In a new child, before its blocks are set aside. */
void changed_pages_restart_after_fork(void);

/* Whether any of [start, end) may have. */
bool changed_pages_any(uintptr_t start, uintptr_t end);
/* Calls visit for the parts of [start, end) that may have changed. */
void changed_pages_each(uintptr_t start, uintptr_t end,
                        void (*visit)(uintptr_t start, uintptr_t end, void *context),
                        void *context);

#endif
