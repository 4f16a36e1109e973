/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_OWN_MAPPINGS_H
#define LEAKGRAPH_OWN_MAPPINGS_H

/*
 * The memory that a program with an allocator of its own mapped itself. Whatever else is mapped
 * there may be the allocator's, whose pointers are no references: the kernel merges neighbours, so
 * mappings alone do not tell. With libc's malloc nothing is noted, for its memory can be told from
 * all other. Called by the program's mmap, munmap and mremap: no malloc, no lock.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Once, when it is known that malloc is in the module that this address is in. */
void own_mappings_start(uintptr_t allocator);

/* Whether code is that allocator's. */
bool own_mappings_is_allocator(uintptr_t caller);

/* Private memory without a file was mapped at `start` on behalf of the code at `caller`. */
void own_mappings_note(uintptr_t start, size_t size_bytes, uintptr_t caller);
/* The range is about to be unmapped, or is something else from now on. */
void own_mappings_forget(uintptr_t start, size_t size_bytes);
/* Whether all of the range is noted. */
bool own_mappings_has(uintptr_t start, size_t size_bytes);

/* Calls visit for each part of the range that is noted. In the snapshot child only. */
void own_mappings_each_in(uintptr_t start, uintptr_t end,
                          void (*visit)(uintptr_t start, uintptr_t end, void *context),
                          void *context);

#endif
