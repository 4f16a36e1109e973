/* SPDX-License-Identifier: MIT */
/* free() of a local variable: recorded, and glibc aborts as it does without us. */
#include <stdlib.h>
#include "program.h"

NOINLINE static void free_a_local(void)
{
    /* Zeros before the address: to glibc a chunk of no size. */
    _Alignas(16) volatile uint64_t local[8] = {0};
    free(launder((void *)(local + 2)));
}

int main(void)
{
    free_a_local();
    return 0;
}
