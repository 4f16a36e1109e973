/* SPDX-License-Identifier: MIT */
/* A leak ten thousand calls deep. */
#include <stdlib.h>
#include "program.h"

NOINLINE static void lose_a_block(void)
{
    launder(malloc(100));
}

NOINLINE static int descend(int depth)
{
    if (depth == 0) {
        lose_a_block();
        SCRUB();
        return 0;
    }
    return descend(depth - 1) + 1;
}

int main(void)
{
    int wrong = descend(10000) != 10000;
    SCRUB();
    return wrong;
}
