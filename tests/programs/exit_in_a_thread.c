/* SPDX-License-Identifier: MIT */
/* A thread calls exit() while main waits: main's locals are alive. */
#include <pthread.h>
#include <stdlib.h>
#include "program.h"

NOINLINE static void lose_a_block(void)
{
    launder(malloc(100));
}

static void *run(void *unused)
{
    lose_a_block();
    SCRUB();
    exit(3);
    return unused;
}

int main(void)
{
    void *volatile held = launder(malloc(2000));
    pthread_t thread;
    pthread_create(&thread, NULL, run, NULL);
    pthread_join(thread, NULL);
    free(held);
    return 1;
}
