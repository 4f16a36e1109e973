/* SPDX-License-Identifier: MIT */
/* free() of the middle of a block: recorded, and glibc aborts as it does without us. */
#include <stdlib.h>
#include "program.h"

static char *volatile block;

NOINLINE static void free_the_middle(void)
{
    block = launder(calloc(1, 256));
    free(launder(block + 64));
}

int main(void)
{
    free_the_middle();
    return 0;
}
