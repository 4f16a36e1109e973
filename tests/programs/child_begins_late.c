/* SPDX-License-Identifier: MIT */
/* A child allocates for the first time when its parent has gone on allocating at new places: each recording has its
   own stacks only. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

/* Another stack for every number. */
NOINLINE static void lose_at(unsigned number, unsigned bits)
{
    if (bits == 0)
        launder(calloc(1, 20));
    else if (number & 1)
        lose_at(number >> 1, bits - 1);
    else
        lose_at(number >> 1, bits - 1);
    __asm__ volatile("");
}

NOINLINE static void lose_in_child(void)
{
    lose_at(255, 60);
    launder(calloc(1, 30));
}

static void run_child(int go)
{
    char byte;
    if (read(go, &byte, 1) != 1)
        _exit(2);
    lose_in_child();
    SCRUB();
    exit(0);
}

int main(void)
{
    int go[2], status = -1;
    if (pipe(go) != 0)
        return 2;
    lose_at(0, 8);
    SCRUB();
    if (fork() == 0)
        run_child(go[0]);
    for (unsigned number = 0; number < 16; number++)
        lose_at(number, 4); /* short stacks where the child's are long */
    SCRUB();
    if (write(go[1], "", 1) != 1)
        return 2;
    wait(&status);
    return status;
}
