/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HOOKS_MEMORY_H
#define LEAKGRAPH_HOOKS_MEMORY_H

/* Finds what is behind the hooks of mmap, munmap and mremap. In the constructor, where dlsym may be
 * called. */
void hooks_memory_start(void);

#endif
