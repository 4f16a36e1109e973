/* SPDX-License-Identifier: MIT */
/* A block that points to itself is a cycle of one. */
#include <stdlib.h>
#include "program.h"

NOINLINE static void lose_a_self_pointer(void)
{
    void **block = launder(malloc(48));
    block[0] = NULL;
    block[2] = block;
    launder(block);
}

int main(void)
{
    lose_a_self_pointer();
    SCRUB();
    return 0;
}
