/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_HOOKS_H
#define LEAKGRAPH_HOOKS_H

/* What the files of hooks share. Only hooks are exported from the library. */

#define HOOK __attribute__((visibility("default"), noinline))

/* The definition behind our own, or NULL. May allocate: not from inside malloc. */
void *hooks_next(const char *name);

/* The same, asked for once: for hooks that are called often. */
#define HOOKS_NEXT(name)                                                                           \
    ({                                                                                             \
        static __typeof__(&name) volatile real_;                                                   \
        if (!real_)                                                                                \
            real_ = (__typeof__(&name))hooks_next(#name);                                          \
        real_;                                                                                     \
    })

#endif
