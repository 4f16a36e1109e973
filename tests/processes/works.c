/* SPDX-License-Identifier: MIT */
/* works SECONDS [handler]: allocates from new places for so long, while others do things to its recording. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void on_bus(int number)
{
    (void)number;
    _Exit(99);
}

static volatile int stop;

/* Each depth is another call stack: the recording grows. */
static void *allocate(int depth, unsigned path)
{
    void *block = malloc(16 + path % 64);
    if (depth > 0) { /* the branches differ in their return address alone */
        if (path & 1)
            free(allocate(depth - 1, path >> 1));
        else
            free(allocate(depth - 1, path >> 1));
    }
    return block;
}

static void *work(void *unused)
{
    for (unsigned path = 0; !stop; path++)
        free(allocate(20, path));
    return unused;
}

int main(int count, char **arguments)
{
    pthread_t thread;
    struct timespec pause = {atoi(arguments[1]), 0};
    if (count > 2)
        signal(SIGBUS, on_bus);
    pthread_create(&thread, NULL, work, NULL);
    nanosleep(&pause, NULL);
    stop = 1;
    pthread_join(thread, NULL);
    puts("done");
    return 0;
}
