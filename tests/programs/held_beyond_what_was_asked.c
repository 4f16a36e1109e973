/* SPDX-License-Identifier: MIT */
/* Pointers in the part of a block that malloc_usable_size grants beyond what was asked for. */
#include <malloc.h>
#include <stdlib.h>
#include "program.h"

static char *volatile small, *volatile large, *volatile mapped;

/* Returns the block, with a pointer in its last word. */
static char *hold_in_the_last_word(char *block, size_t size_bytes)
{
    size_t usable = malloc_usable_size(block);
    ((void **)(void *)block)[usable / sizeof(void *) - 1] = malloc(size_bytes);
    return block;
}

NOINLINE static void fill(void)
{
    void **old = malloc(6000), *lost = malloc(777);
    old[malloc_usable_size(old) / sizeof *old - 1] = lost;
    free(launder(old));
    large = malloc(6000); /* there again, and nobody wrote what lies behind it */
    small = hold_in_the_last_word(malloc(20), 101);
    mapped = hold_in_the_last_word(malloc(300001), 103);
}

int main(void)
{
    fill();
    SCRUB();
    return 0;
}
