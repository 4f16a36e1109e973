/* SPDX-License-Identifier: MIT */
/* FRAME_BYTES differs between two builds of this library, and with it how its frames are unwound; all
   instructions are at the same places. */
#include <stdlib.h>

static __attribute__((noinline)) void allocate(void)
{
    void *volatile block = malloc(10);
    free(block);
}

__attribute__((noinline)) void library_call(int value);

void library_call(int value)
{
    volatile char frame[FRAME_BYTES];
    frame[0] = (char)value;
    allocate();
    frame[1] = frame[0];
}
