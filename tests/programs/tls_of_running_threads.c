/* SPDX-License-Identifier: MIT */
/* Blocks that only __thread variables hold, in main and in a thread that still runs at exit: alive. */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>
#include "program.h"

static __thread void *volatile own;
static sem_t ready;

NOINLINE static void allocate_own(void)
{
    own = launder(malloc(111));
}

static void *run(void *unused)
{
    allocate_own();
    SCRUB();
    sem_post(&ready);
    for (;;)
        pause();
    return unused;
}

int main(void)
{
    pthread_t thread;
    sem_init(&ready, 0, 0);
    allocate_own();
    pthread_create(&thread, NULL, run, NULL);
    sem_wait(&ready);
    SCRUB();
    return 0;
}
