/* SPDX-License-Identifier: MIT */
/* A null pointer is written to: the leak is found and the process still dies of SIGSEGV. */
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
    *(volatile int *)launder(NULL) = 1;
    return 1;
}
