/* SPDX-License-Identifier: MIT */
/* A block is freed twice: recorded with its stack, and glibc aborts as it does without us. */
#include <stdlib.h>
#include "program.h"

NOINLINE static void free_twice(void)
{
    void *block = launder(malloc(100));
    free(block);
    free(launder(block));
}

int main(void)
{
    free_twice();
    return 0;
}
