/* SPDX-License-Identifier: MIT */
/* A pointer that was changed (here: inverted) is none: a leak, as valgrind says too. */
#include <stdlib.h>
#include "program.h"

static uintptr_t hidden;

NOINLINE static void allocate(void)
{
    hidden = hide(malloc(100));
}

int main(void)
{
    allocate();
    SCRUB();
    return 0;
}
