/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HOOKS_H
#define LEAKGRAPH_HOOKS_H

/* What the files of hooks share. Only hooks are exported from the library. */

#define HOOK __attribute__((visibility("default"), noinline))

/* The definition behind our own, or NULL. May allocate: not from inside malloc. */
void *hooks_next(const char *name);

#endif
