/* SPDX-License-Identifier: MIT */
/* A block that only a local variable of a running thread holds is alive. */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>
#include "program.h"

static sem_t ready;

NOINLINE static uintptr_t allocate_hidden(void)
{
    return hide(malloc(444));
}

static void *run(void *unused)
{
    uintptr_t hidden = allocate_hidden();
    SCRUB();
    void *volatile local = unhide(hidden);
    sem_post(&ready);
    for (;;)
        pause();
    (void)local;
    return unused;
}

int main(void)
{
    pthread_t thread;
    sem_init(&ready, 0, 0);
    pthread_create(&thread, NULL, run, NULL);
    sem_wait(&ready);
    SCRUB();
    return 0;
}
