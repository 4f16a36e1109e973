/* SPDX-License-Identifier: MIT */
/* realloc in place, moving, shrinking, freeing: one block each, of its last size. */
#include <stdlib.h>
#include <string.h>
#include "program.h"

NOINLINE static void lose_grown(void)
{
    char *block = launder(malloc(24));
    void *barrier = launder(malloc(24)); /* behind it: growing has to move */
    block = launder(realloc(block, 5000));
    block = launder(realloc(block, 200000)); /* mmap'ed by glibc */
    block = launder(realloc(block, 900000));
    free(barrier);
}

NOINLINE static void lose_shrunk(void)
{
    char *block = launder(malloc(4000));
    launder(realloc(block, 10));
}

NOINLINE static void free_by_realloc(void)
{
    for (volatile int i = 0; i < 50; i++)
        launder(realloc(launder(malloc(60)), 0));
}

int main(void)
{
    lose_grown();
    lose_shrunk();
    free_by_realloc();
    SCRUB();
    return 0;
}
