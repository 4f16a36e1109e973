/* SPDX-License-Identifier: MIT */
/* exit() deep in a call chain: what the waiting functions hold is alive, what was lost is a leak. */
#include <stdlib.h>
#include "program.h"

NOINLINE static void lose_a_block(void)
{
    launder(malloc(100));
}

NOINLINE static void descend(int depth)
{
    void *volatile held = launder(malloc(1000));
    if (depth == 0) {
        lose_a_block();
        SCRUB();
        exit(6);
    }
    if (depth > 0)
        descend(depth - 1);
    free(held);
}

int main(void)
{
    descend(9);
    return 1;
}
