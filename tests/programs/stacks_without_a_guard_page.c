/* SPDX-License-Identifier: MIT */
/* Stacks whose guard pages the maps do not show are one mapping: what the thread that has ended left
   behind is lost, what the other's stack holds is not. Newer kernels guard all stacks like that. */
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "program.h"

static sem_t ready, end;

static void unprotect_guard(void)
{
    pthread_attr_t attributes;
    void *stack;
    size_t size_bytes, guard_bytes;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &stack, &size_bytes);
    pthread_attr_getguardsize(&attributes, &guard_bytes);
    pthread_attr_destroy(&attributes);
    mprotect((char *)stack - guard_bytes, guard_bytes, PROT_READ | PROT_WRITE);
}

NOINLINE static void hold(void **slots, int count, size_t size_bytes)
{
    for (int i = 0; i < count; i++)
        slots[i] = launder(malloc(size_bytes));
}

static void *run_and_end(void *unused)
{
    void *volatile slots[10];
    unprotect_guard();
    hold((void **)slots, 10, 64);
    sem_wait(&end);
    return unused;
}

static void *run_on(void *unused)
{
    void *volatile slots[3];
    unprotect_guard();
    hold((void **)slots, 3, 444);
    sem_post(&ready);
    for (;;)
        pause();
    return unused;
}

/* Stacks are made downward: that of the thread that ends is above the others. */
int main(void)
{
    pthread_t running[2], ending;
    sem_init(&ready, 0, 0);
    sem_init(&end, 0, 0);
    pthread_create(&ending, NULL, run_and_end, NULL);
    for (int i = 0; i < 2; i++) {
        pthread_create(&running[i], NULL, run_on, NULL);
        sem_wait(&ready);
    }
    sem_post(&end);
    pthread_join(ending, NULL);
    SCRUB();
    return 0;
}
