/* SPDX-License-Identifier: MIT */
/* A hundred threads at once, each losing one block and freeing many. */
#include <pthread.h>
#include <stdlib.h>
#include "program.h"

static pthread_barrier_t barrier;

NOINLINE static void lose_a_block(void)
{
    launder(calloc(1, 64)); /* zeroed: old content may be a pointer to another one */
}

static void *run(void *unused)
{
    pthread_barrier_wait(&barrier);
    for (volatile int i = 0; i < 500; i++)
        free(launder(malloc(1 + i)));
    lose_a_block();
    SCRUB();
    return unused;
}

int main(void)
{
    pthread_t threads[100];
    pthread_barrier_init(&barrier, NULL, 100);
    for (int i = 0; i < 100; i++)
        pthread_create(&threads[i], NULL, run, NULL);
    for (int i = 0; i < 100; i++)
        pthread_join(threads[i], NULL);
    SCRUB();
    return 0;
}
