/* SPDX-License-Identifier: MIT */
/* A pointer one past the end of a block that is not empty does not hold it: it may as well be the start
 * of the next one. */
#include <stdlib.h>
#include "program.h"

static char *volatile end;

NOINLINE static void allocate(void)
{
    end = (char *)launder(calloc(1, 160)) + 160;
}

int main(void)
{
    allocate();
    SCRUB();
    return 0;
}
