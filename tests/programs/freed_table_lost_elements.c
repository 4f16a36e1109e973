/* SPDX-License-Identifier: MIT */
/* The table of a hundred frames is freed, the frames are not; then the program prints. */
#include <stdio.h>
#include <stdlib.h>
#include "program.h"

NOINLINE static void lose_the_frames(void)
{
    void **frames = malloc(512 * sizeof *frames);
    for (int i = 0; i < 100; i++)
        frames[100 + i] = launder(malloc(700));
    free(frames);
}

int main(void)
{
    lose_the_frames();
    puts("done");
    SCRUB();
    return 0;
}
