/* SPDX-License-Identifier: MIT */
/* An allocation that fails is no block, and the block that realloc could not grow is still there. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include "program.h"

static int wrong;

NOINLINE static void expect_failure(void *block)
{
    wrong += block != NULL || errno != ENOMEM;
    errno = 0;
}

NOINLINE static void fail_in_every_way(void)
{
    volatile size_t huge = PTRDIFF_MAX, half = SIZE_MAX / 2;
    void *untouched = &wrong, *block = launder(malloc(88));
    errno = 0;
    expect_failure(launder(malloc(huge)));
    expect_failure(launder(calloc(half, 3)));
    expect_failure(launder(realloc(block, huge)));
    expect_failure(launder(reallocarray(block, half, 3)));
    wrong += posix_memalign(&untouched, 3, 100) != EINVAL || untouched != &wrong;
    wrong += posix_memalign(&untouched, 64, huge) != ENOMEM || untouched != &wrong;
    launder(block);
}

int main(void)
{
    fail_in_every_way();
    SCRUB();
    return wrong;
}
