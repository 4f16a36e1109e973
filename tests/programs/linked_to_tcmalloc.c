/* SPDX-License-Identifier: MIT */
/* A program with its own allocator, tcmalloc: recorded like any other. */
#include <stdlib.h>
#include "program.h"

static void *volatile held;

NOINLINE static void lose_a_chain(void)
{
    void **first = launder(calloc(1, 3000));
    first[5] = launder(calloc(1, 5000));
    held = launder(malloc(70));
    launder(first);
}

NOINLINE static void use_many_sizes(void)
{
    for (volatile int i = 0; i < 5000; i++)
        free(launder(malloc(i)));
}

int main(void)
{
    lose_a_chain();
    use_many_sizes();
    SCRUB();
    return 0;
}
