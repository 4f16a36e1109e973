/* SPDX-License-Identifier: MIT */
/*
 * A library whose forked children come late to the handlers of those that were loaded after it, as
 * on a busy machine; with LATE=never they end before that.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static void in_child(void)
{
    const char *late = getenv("LATE");
    if (late && *late == 'n')
        _exit(0);
    usleep(300000);
}

__attribute__((constructor)) static void constructed(void)
{
    pthread_atfork(NULL, NULL, in_child);
}

int late_is_here(void)
{
    return 1;
}
