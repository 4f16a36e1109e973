/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_NEXT_H
#define LEAKGRAPH_NEXT_H

/* How a hook is declared, and what it passes its call on to. Only hooks are exported from the
 * library. */

#define HOOK __attribute__((visibility("default"), noinline))

/* The definition behind our own, or NULL. May allocate: not from inside malloc. */
void *next_definition(const char *name);

/* The same, asked for once: for hooks that are called often. */
#define NEXT(name)                                                                                 \
    ({                                                                                             \
        static __typeof__(&name) volatile real_;                                                   \
        if (!real_)                                                                                \
            real_ = (__typeof__(&name))next_definition(#name);                                     \
        real_;                                                                                     \
    })

#endif
