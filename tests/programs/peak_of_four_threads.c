/* SPDX-License-Identifier: MIT */
/* Four threads that come and go with small blocks, and once hold all they ever do at the same time: the peak of
   a small heap is known to one percent with threads too. */
#include <pthread.h>
#include <stdlib.h>
#include "program.h"

enum { THREADS = 4, BLOCKS = 100, BLOCK_BYTES = 500, ROUNDS = 2000, HELD_BYTES = 100000 };

static pthread_barrier_t all_hold, all_are_done;

NOINLINE static void hold_many(void *blocks[BLOCKS])
{
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = launder(malloc(BLOCK_BYTES));
}

static void *work(void *unused)
{
    void *blocks[BLOCKS];
    for (int i = 0; i < ROUNDS; i++)
        free(launder(malloc(100 + i % 300)));
    hold_many(blocks);
    pthread_barrier_wait(&all_hold);
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    pthread_barrier_wait(&all_are_done);
    for (int i = 0; i < ROUNDS; i++)
        free(launder(malloc(100 + i % 300)));
    return unused;
}

int main(void)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&all_hold, NULL, THREADS);
    pthread_barrier_init(&all_are_done, NULL, THREADS);
    void *held = launder(malloc(HELD_BYTES));
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    free(held);
    return 0;
}
