/* SPDX-License-Identifier: MIT */
/* What a handler of at_quick_exit loses is a leak, what it frees is none. */
#include <stdlib.h>
#include "program.h"

static uintptr_t hidden;

NOINLINE static void lose_a_block(void)
{
    launder(malloc(50));
}

static void clean_up(void)
{
    free(unhide(hidden));
    lose_a_block();
    SCRUB();
}

int main(void)
{
    hidden = hide(malloc(1000));
    at_quick_exit(clean_up);
    SCRUB();
    quick_exit(0);
}
