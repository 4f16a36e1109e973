/* SPDX-License-Identifier: MIT */
/* Pointers only in memory that the program got with sbrk and brk itself, between malloc's parts. */
#include <stdlib.h>
#include <unistd.h>
#include "program.h"

static void **first, **second;

NOINLINE static void fill(void)
{
    first = sbrk(8192);
    first[5] = malloc(140);
    first[1000] = malloc(141);
    for (int i = 0; i < 100; i++)
        first[20 + i] = malloc(5000);
    second = sbrk(0);
    brk((char *)second + 4096);
    second[7] = malloc(142);
    launder(malloc(9000));
}

/* Given back: what it held is lost. */
NOINLINE static void give_back(void)
{
    void **third = sbrk(4096);
    third[3] = malloc(143);
    sbrk(-4096);
}

int main(void)
{
    free(launder(malloc(1000)));
    fill();
    give_back();
    SCRUB();
    return 0;
}
