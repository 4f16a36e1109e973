/* SPDX-License-Identifier: MIT */
/* A freed block holds nothing: neither its old content nor a dangling pointer to it counts. */
#include <stdlib.h>
#include "program.h"

static void **volatile dangling;

NOINLINE static void allocate(void)
{
    dangling = launder(calloc(1, 120));
    dangling[10] = launder(malloc(100));
    free(dangling);
}

int main(void)
{
    allocate();
    SCRUB();
    return 0;
}
