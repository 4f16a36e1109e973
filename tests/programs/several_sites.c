/* SPDX-License-Identifier: MIT */
/* Three functions lose blocks: each is a site of its own, and one call twice from a loop is one site. */
#include <stdlib.h>
#include "program.h"

NOINLINE static void lose_small(void)
{
    launder(malloc(10));
}

NOINLINE static void lose_zeroed(void)
{
    launder(calloc(4, 50));
}

NOINLINE static void lose_large(void)
{
    launder(malloc(100000));
}

int main(void)
{
    for (volatile int i = 0; i < 7; i++)
        lose_small();
    for (volatile int i = 0; i < 2; i++)
        lose_zeroed();
    lose_large();
    SCRUB();
    return 0;
}
