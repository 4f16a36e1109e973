/* SPDX-License-Identifier: MIT */
/* A daemon closes every descriptor it does not know: the recording goes on. */
#include <stdlib.h>
#include <unistd.h>
#include "program.h"

NOINLINE static void lose_a_block(void)
{
    launder(malloc(100));
}

int main(void)
{
    for (int descriptor = 0; descriptor < 1024; descriptor++)
        close(descriptor);
    lose_a_block();
    for (volatile int i = 0; i < 1000; i++)
        free(launder(malloc(i)));
    SCRUB();
    return 0;
}
