/* SPDX-License-Identifier: MIT */
/* The program replaces itself: two recordings of one pid, each with the leak of its image. */
#include <stdlib.h>
#include <unistd.h>
#include "program.h"

NOINLINE static void lose_before(void)
{
    launder(malloc(40));
}

NOINLINE static void lose_after(void)
{
    launder(malloc(50));
}

int main(int argument_count, char **arguments)
{
    if (argument_count > 1) {
        lose_after();
        SCRUB();
        return 4;
    }
    lose_before();
    SCRUB();
    execl("/proc/self/exe", arguments[0], "again", (char *)NULL);
    return 1;
}
