/* SPDX-License-Identifier: MIT */
/* A thread ended and its __thread variable with it: the block it held is lost, cached stack or not. */
#include <pthread.h>
#include <stdlib.h>
#include "program.h"

static __thread void *volatile own;

NOINLINE static void allocate_own(void)
{
    own = launder(malloc(111));
}

static void *run(void *unused)
{
    allocate_own();
    SCRUB();
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
