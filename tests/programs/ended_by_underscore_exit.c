/* SPDX-License-Identifier: MIT */
/* _exit runs no handler and no destructor: the leak is found all the same. */
#include <stdlib.h>
#include <unistd.h>
#include "program.h"

NOINLINE static void lose_a_block(void)
{
    launder(malloc(100));
}

int main(void)
{
    lose_a_block();
    SCRUB();
    _exit(7);
    return 1;
}
