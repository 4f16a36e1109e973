/* SPDX-License-Identifier: MIT */
/* fork, setsid, chdir, close everything: the child of a daemon has a recording of its own. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

NOINLINE static void lose_a_block(void)
{
    launder(malloc(100));
}

int main(void)
{
    pid_t child = fork();
    if (child == 0) {
        int failed = setsid() < 0 || chdir("/") != 0;
        for (int descriptor = 0; descriptor < 1024; descriptor++)
            close(descriptor);
        lose_a_block();
        SCRUB();
        return failed;
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status != 0;
}
