/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PRIVATE_MEMORY_H
#define LEAKGRAPH_PRIVATE_MEMORY_H

/*
 * Memory of the shim itself, straight from mmap: never from the target's allocator. Every range is
 * remembered, so that a snapshot can tell it from the target's memory.
 * Called inside malloc: no malloc, no stdio, no lock.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed, page-aligned, reserved lazily; NULL when the kernel refuses. */
void *private_memory_map(size_t size_bytes);
void private_memory_unmap(void *memory, size_t size_bytes);
/* The range stays ours and reads as zeros, but its pages are the system's again. Whole pages. */
void private_memory_give_back(void *memory, size_t size_bytes);
/* A hint, for what is large and read at random places. */
void private_memory_in_large_pages(void *memory, size_t size_bytes);
/* Notes a range that was mapped otherwise (the recording) as ours. */
void private_memory_note(void *memory, size_t size_bytes);
void private_memory_forget(void *memory);

/* Copies up to `capacity` ranges [start, end) of ours to `ranges`; returns how many there are. An
   empty range (end 0 or 1) stands for one that was given back. */
struct address_range {
    uintptr_t start, end;
};
size_t private_memory_ranges(struct address_range *ranges, size_t capacity);

#endif
