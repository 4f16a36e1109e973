/* SPDX-License-Identifier: MIT */
/* Parent and child lose blocks of their own after the fork: two processes, each with its leak. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

static void *volatile shared_past;

NOINLINE static void lose_in_child(void)
{
    launder(malloc(300));
}

NOINLINE static void lose_in_parent(void)
{
    launder(malloc(200));
}

int main(void)
{
    shared_past = launder(malloc(5000));
    pid_t child = fork();
    if (child == 0) {
        lose_in_child();
        SCRUB();
        return 5;
    }
    lose_in_parent();
    int status = 0;
    waitpid(child, &status, 0);
    SCRUB();
    return WEXITSTATUS(status) == 5 ? 0 : 1;
}
