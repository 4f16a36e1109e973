/* SPDX-License-Identifier: MIT */
/* Two thousand short threads, one after another: state of ended threads is used again. */
#include <pthread.h>
#include <stdlib.h>
#include "program.h"

static void *run(void *unused)
{
    free(launder(malloc(64)));
    return unused;
}

int main(void)
{
    pthread_t thread;
    for (volatile int i = 0; i < 2000; i++) {
        pthread_create(&thread, NULL, run, NULL);
        pthread_join(thread, NULL);
    }
    return 0;
}
