/* SPDX-License-Identifier: MIT */
/* A child between fork and exec: what its parent lost before the fork is the parent's leak alone, what the
   child loses itself is the child's. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

NOINLINE static void lose_in_parent(void)
{
    launder(malloc(200));
}

NOINLINE static void lose_in_child(void)
{
    launder(malloc(300));
}

int main(void)
{
    int status = 0;
    lose_in_parent();
    SCRUB();
    pid_t child = fork();
    if (child == 0) {
        lose_in_child();
        SCRUB();
        execlp("true", "true", (char *)NULL);
        _exit(1);
    }
    waitpid(child, &status, 0);
    SCRUB();
    return status;
}
