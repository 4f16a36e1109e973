/* SPDX-License-Identifier: MIT */
/* quick_exit runs no destructor: the leak is found all the same. */
#include <stdlib.h>
#include "program.h"

NOINLINE static void lose_a_block(void)
{
    launder(malloc(100));
}

int main(void)
{
    lose_a_block();
    SCRUB();
    quick_exit(8);
    return 1;
}
