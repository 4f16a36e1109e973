/* SPDX-License-Identifier: MIT */
/* main ends by pthread_exit, the process when its last thread does: the leak of both is found. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "program.h"

NOINLINE static void lose_in_main(void)
{
    launder(malloc(100));
}

NOINLINE static void lose_in_thread(void)
{
    launder(malloc(200));
}

static void *run(void *unused)
{
    usleep(100000); /* main is gone by now */
    lose_in_thread();
    SCRUB();
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, run, NULL);
    pthread_detach(thread);
    lose_in_main();
    SCRUB();
    pthread_exit(NULL);
}
