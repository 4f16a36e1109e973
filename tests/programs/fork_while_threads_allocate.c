/* SPDX-License-Identifier: MIT */
/* Forks in the middle of other threads' allocations: no child hangs, each has a recording. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

static volatile int stop;

static void *allocate(void *unused)
{
    while (!stop)
        free(launder(malloc(50)));
    return unused;
}

NOINLINE static void lose_in_child(void)
{
    launder(malloc(77));
}

int main(void)
{
    pthread_t threads[4];
    int failed = 0, status;
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, allocate, NULL);
    for (volatile int i = 0; i < 20; i++) {
        pid_t child = fork();
        if (child == 0) {
            lose_in_child();
            SCRUB();
            _exit(0);
        }
        waitpid(child, &status, 0);
        failed += status != 0;
    }
    stop = 1;
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    SCRUB();
    return failed;
}
