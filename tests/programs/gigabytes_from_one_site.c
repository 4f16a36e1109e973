/* SPDX-License-Identifier: MIT */
/* More than 4 GB from one site, at the peak and in all, and more than 4 GB freed. Nothing of it is touched. */
#include <stdlib.h>
#include "program.h"

enum { BLOCKS = 5 };

NOINLINE static void *make_gigabyte(void)
{
    return launder(malloc(1 << 30));
}

int main(void)
{
    void *blocks[BLOCKS];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < BLOCKS - round; i++)
            blocks[i] = make_gigabyte();
        for (int i = 0; i < BLOCKS - round; i++)
            free(blocks[i]);
    }
    return 0;
}
