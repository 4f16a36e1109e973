/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PRIVATE_MEMORY_H
#define LEAKGRAPH_PRIVATE_MEMORY_H

/*
 * The shim's own memory, from mmap and never from the target's allocator. Every range is noted, so
 * that a snapshot can tell it from the target's memory.
 * Called inside malloc: no malloc, no stdio, no lock.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed, page-aligned, reserved lazily; NULL when the kernel refuses. */
void *private_memory_map(size_t size_bytes);
void private_memory_unmap(void *memory, size_t size_bytes);
/* Returns the pages to the system. The range stays ours and reads as zeros. Whole pages only. */
void private_memory_give_back(void *memory, size_t size_bytes);
/* Whether the program's own limits of address space and data leave so much, and as much again for
   itself. */
bool private_memory_has_room(size_t size_bytes);
/* A hint for large tables that are read at random. */
void private_memory_in_large_pages(void *memory, size_t size_bytes);
/* Notes a range as ours that was mapped elsewhere: the recording. */
void private_memory_note(void *memory, size_t size_bytes);
void private_memory_forget(void *memory);

/*
 * A page of ours at this address has lost its file: somebody cut the recording. Zeros take the
 * place of the rest of its range, so that whoever touched it goes on. False: it is not ours. In a
 * handler of SIGBUS.
 */
bool private_memory_repair(uintptr_t address);

/*
 * The program locks what it maps from now on (mlockall). Ours is no business of its limit: what we
 * map grows out of a page that is not locked. To be called before the lock.
 */
void private_memory_stays_unlocked(void);
/* Calls visit for the parts of [start, end) that are not ours. */
void private_memory_each_other(uintptr_t start, uintptr_t end,
                               void (*visit)(uintptr_t start, uintptr_t end, void *context),
                               void *context);

/* Copies up to `capacity` of our ranges [start, end) to `ranges`; returns how many there are. A
   range that was unmapped is empty: its end is 0 or 1. */
struct address_range {
    uintptr_t start, end;
};
size_t private_memory_ranges(struct address_range *ranges, size_t capacity);

#endif
