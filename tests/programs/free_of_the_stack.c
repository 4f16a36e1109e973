/* SPDX-License-Identifier: MIT */
/* free() of a local variable: recorded, and glibc aborts as it does without us. */
#include <stdlib.h>
#include "program.h"

NOINLINE static void free_a_local(void)
{
    _Alignas(16) volatile char local[64] = {0};
    free(launder((void *)local));
}

int main(void)
{
    free_a_local();
    return 0;
}
