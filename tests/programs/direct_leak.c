/* SPDX-License-Identifier: MIT */
/* One block that nothing points to any more: a direct leak. */
#include <stdlib.h>
#include "program.h"

NOINLINE static void lose_a_block(void)
{
    launder(malloc(100));
}

int main(void)
{
    lose_a_block();
    SCRUB();
    return 0;
}
