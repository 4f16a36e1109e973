/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HOOKS_H
#define LEAKGRAPH_HOOKS_H

/* What the files of hooks share. */

/* Finds what is behind the hooks of mmap, munmap and mremap. In the constructor, where dlsym may be
 * called. */
void hooks_memory_start(void);

/* Finds what is behind the hook of getenv. In the constructor, for the same reason. */
void hooks_environment_start(void);

/* Told at calls of libc that Python makes when it is about to end: takes a snapshot then, once. */
void hooks_python_may_end(void);

#endif
