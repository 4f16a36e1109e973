/* SPDX-License-Identifier: MIT */
/* A program with its own allocator, jemalloc: recorded like any other. */
#include "own_mappings.h"

static void *volatile held;
static void *volatile table[100000]; /* most of it in pages that no file is behind */

NOINLINE static void lose_a_chain(void)
{
    void **first = launder(calloc(1, 3000));
    first[5] = launder(calloc(1, 5000));
    held = launder(malloc(70));
    table[77777] = launder(malloc(60));
    launder(first);
}

int main(void)
{
    lose_a_chain();
    use_many_sizes();
    hold_by_mappings();
    change_mappings();
    SCRUB();
    return 0;
}
