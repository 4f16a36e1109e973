/* SPDX-License-Identifier: MIT */
/* Blocks of hundreds of megabytes are blocks like others: sizes exact, and searched for pointers. */
#include <stdlib.h>
#include "program.h"

static void **volatile held;

NOINLINE static void allocate(void)
{
    held = launder(malloc((size_t)600 << 20));
    held[((size_t)500 << 20) / sizeof *held] = launder(malloc(70)); /* alive, far inside */
    void **lost = launder(malloc((size_t)300 << 20));
    lost[1000000] = launder(malloc(71));
    launder(lost);
}

int main(void)
{
    allocate();
    SCRUB();
    return 0;
}
