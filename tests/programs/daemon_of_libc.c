/* SPDX-License-Identifier: MIT */
/* daemon(3) ends the parent inside of libc: it has its verdict all the same, and the daemon has its own. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

static void *volatile held;

NOINLINE static void lose_a_block(void)
{
    launder(malloc(100));
}

static int become_daemon(void)
{
    held = launder(malloc(50));
    if (daemon(1, 1) != 0)
        return 1;
    lose_a_block();
    SCRUB();
    return 0;
}

/* The pipe is at its end when the daemon is gone. */
int main(void)
{
    int ends[2], status = 0;
    char byte;
    if (pipe(ends) != 0)
        return 1;
    pid_t child = fork();
    if (child == 0)
        return become_daemon();
    close(ends[1]);
    waitpid(child, &status, 0);
    return read(ends[0], &byte, 1) != 0 || status != 0;
}
