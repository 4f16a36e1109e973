/* SPDX-License-Identifier: MIT */
/* SIGINT, as Ctrl-C sends it: the leak is found and the process still dies of it. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "program.h"

NOINLINE static void lose_a_block(void)
{
    launder(malloc(100));
}

int main(void)
{
    lose_a_block();
    SCRUB();
    signal(SIGINT, SIG_DFL); /* a shell in the background had it ignored */
    kill(getpid(), SIGINT);
    sleep(5);
    return 1;
}
