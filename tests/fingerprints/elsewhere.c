/* SPDX-License-Identifier: MIT */
/* The other file of jumps.c. */
#include <stdlib.h>

static __attribute__((noinline)) void *make_near(size_t bytes)
{
    return malloc(bytes + 7);
}

void *make_elsewhere(size_t bytes)
{
    return make_near(bytes);
}
