/* SPDX-License-Identifier: MIT */
/*
 * Each of many threads allocates less than it must tell the others of, and lives on; main frees all
 * of it, which is enough to tell.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { THREADS = 8, BYTES = 400 };
static void *blocks[THREADS];
static pthread_barrier_t made, done;

static void *work(void *argument)
{
    *(void **)argument = malloc(BYTES);
    pthread_barrier_wait(&made);
    pthread_barrier_wait(&done);
    return NULL;
}

int main(void)
{
    const struct timespec pause = {0, 500000000};
    pthread_t threads[THREADS];

    pthread_barrier_init(&made, NULL, THREADS + 1);
    pthread_barrier_init(&done, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, &blocks[i]);
    pthread_barrier_wait(&made);
    for (int i = 0; i < THREADS; i++)
        free(blocks[i]);
    nanosleep(&pause, NULL);
    pthread_barrier_wait(&done);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
