/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_UNFORKED_PAGES_H
#define LEAKGRAPH_UNFORKED_PAGES_H

/*
 * Memory that the program keeps from its children with madvise (MADV_DONTFORK: buffers of network
 * cards, JavaScript's heap; MADV_WIPEONFORK): a snapshot's child would lack it, and what it points
 * to would look lost. Its pages are copied before the fork and put in their places in the child.
 *
 *     unforked_pages_save();      in the process, while its threads stand still
 *     unforked_pages_restore();   in the snapshot child, first of all
 *     unforked_pages_release();   in the process again
 */

#include <stddef.h>
#include <stdint.h>

/* Called by the program's madvise, mmap, munmap and mremap: no malloc, no lock. */
void unforked_pages_advised(uintptr_t start, size_t size_bytes, int advice);
void unforked_pages_forget(uintptr_t start, size_t size_bytes);
void unforked_pages_moved(uintptr_t start, size_t size_bytes, uintptr_t to, size_t new_bytes);

void unforked_pages_save(void);
void unforked_pages_restore(void);
void unforked_pages_release(void);

/* A forked child of the program does not have them. */
void unforked_pages_restart_after_fork(void);

#endif
