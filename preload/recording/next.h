/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_NEXT_H
#define LEAKGRAPH_NEXT_H

/* How a hook is declared, and how it finds the function that it hides. Only hooks are exported from
 * the library. */

#define HOOK __attribute__((visibility("default"), noinline))

/* The next definition of the name after ours, or NULL. May allocate: not from inside malloc. */
void *next_definition(const char *name);

/* The same, looked up once. */
#define NEXT(name)                                                                                 \
    ({                                                                                             \
        static __typeof__(&name) volatile real_;                                                   \
        if (!real_)                                                                                \
            real_ = (__typeof__(&name))next_definition(#name);                                     \
        real_;                                                                                     \
    })

#endif
