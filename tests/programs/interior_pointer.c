/* SPDX-License-Identifier: MIT */
/* A pointer into the middle of a block keeps it alive. */
#include <stdlib.h>
#include "program.h"

static char *volatile inside;

NOINLINE static void allocate(void)
{
    inside = (char *)launder(malloc(100)) + 60;
}

int main(void)
{
    allocate();
    SCRUB();
    return 0;
}
