/* SPDX-License-Identifier: MIT */
/* Blocks that only pthread keys hold: the first 32 keys lie in the thread, later ones in a block. */
#include <pthread.h>
#include <stdlib.h>
#include "program.h"

NOINLINE static void hold_in_keys(void)
{
    pthread_key_t key;
    for (volatile int i = 0; i < 100; i++) {
        pthread_key_create(&key, NULL);
        if (i == 3 || i == 90)
            pthread_setspecific(key, launder(malloc(333)));
    }
}

int main(void)
{
    hold_in_keys();
    SCRUB();
    return 0;
}
