/* SPDX-License-Identifier: MIT */
/* A program that takes every pthread key gets as many as without us, and threads still work. */
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "program.h"

static void *run(void *unused)
{
    free(launder(malloc(100)));
    return unused;
}

int main(void)
{
    pthread_key_t key;
    pthread_t thread;
    int count = 0;
    while (pthread_key_create(&key, NULL) == 0)
        count++;
    pthread_create(&thread, NULL, run, NULL);
    pthread_join(thread, NULL);
    printf("%d keys\n", count);
    return 0;
}
