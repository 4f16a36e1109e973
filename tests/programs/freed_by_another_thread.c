/* SPDX-License-Identifier: MIT */
/* Blocks allocated in one thread and freed in another are freed. */
#include <pthread.h>
#include <stdlib.h>
#include "program.h"

enum { COUNT = 10000 };
static void *blocks[COUNT];

static void *allocate(void *unused)
{
    for (int i = 0; i < COUNT; i++)
        blocks[i] = launder(malloc(16 + i % 100));
    return unused;
}

static void *release(void *unused)
{
    for (int i = 0; i < COUNT; i++) {
        free(blocks[i]);
        blocks[i] = NULL;
    }
    return unused;
}

int main(void)
{
    pthread_t thread;
    for (volatile int round = 0; round < 3; round++) {
        pthread_create(&thread, NULL, allocate, NULL);
        pthread_join(thread, NULL);
        pthread_create(&thread, NULL, release, NULL);
        pthread_join(thread, NULL);
    }
    return 0;
}
