/* SPDX-License-Identifier: MIT */
/* FRAME_BYTES differs between two builds of this library, and with it how its frames are unwound. */
#include <stdlib.h>
#include <string.h>

static __attribute__((noinline)) void allocate(void)
{
    void *volatile block = malloc(10);
    free(block);
}

__attribute__((noinline)) void library_call(int value);

void library_call(int value)
{
    volatile char frame[FRAME_BYTES];
    memset((char *)frame, value, sizeof frame);
    allocate();
    allocate();
    frame[0] = frame[1];
}
