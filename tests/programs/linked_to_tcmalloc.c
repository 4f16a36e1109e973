/* SPDX-License-Identifier: MIT */
/* A program with its own allocator, tcmalloc: recorded like any other. */
#include "own_mappings.h"

static void *volatile held;

NOINLINE static void lose_a_chain(void)
{
    void **first = launder(calloc(1, 3000));
    first[5] = launder(calloc(1, 5000));
    held = launder(malloc(70));
    launder(first);
}

/* Its smallest blocks lie nearer to one another than those of libc. */
NOINLINE static void lose_small_ones(void)
{
    for (int i = 0; i < 100; i++)
        launder(calloc(1, 16));
}

int main(void)
{
    lose_a_chain();
    lose_small_ones();
    use_many_sizes();
    hold_by_mappings();
    change_mappings();
    SCRUB();
    return 0;
}
