/* SPDX-License-Identifier: MIT */
/* What a thread left behind when it ended is lost, even if its stack is kept for the next thread. */
#include <pthread.h>
#include <stdlib.h>
#include "program.h"

NOINLINE static void hold_while_running(void **slots)
{
    for (int i = 0; i < 10; i++)
        slots[i] = launder(malloc(64));
}

static void *run(void *unused)
{
    void *volatile slots[10];
    hold_while_running((void **)slots);
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, run, NULL);
    pthread_join(thread, NULL);
    SCRUB();
    return 0;
}
