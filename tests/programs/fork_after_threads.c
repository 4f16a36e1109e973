/* SPDX-License-Identifier: MIT */
/* All threads have ended when main forks: a block that the child was born with is the child's to lose. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

static void *volatile kept;

static void *allocate(void *unused)
{
    free(launder(malloc(100)));
    return unused;
}

NOINLINE static void *make(void)
{
    return malloc(40);
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, allocate, NULL);
    pthread_join(thread, NULL);
    kept = make();
    SCRUB();
    pid_t child = fork();
    if (child == 0) {
        free(launder(malloc(10)));
        kept = NULL;
        SCRUB();
        exit(0);
    }
    waitpid(child, NULL, 0);
    free(kept);
    return 0;
}
