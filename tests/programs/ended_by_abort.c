/* SPDX-License-Identifier: MIT */
/* abort: the leak is found and the process still dies of SIGABRT. */
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
    abort();
    return 1;
}
