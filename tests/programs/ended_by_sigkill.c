/* SPDX-License-Identifier: MIT */
/* SIGKILL leaves no time for a search: no verdict, but the totals of that moment. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "program.h"

int main(void)
{
    for (volatile int i = 0; i < 1000; i++)
        launder(malloc(10));
    for (volatile int i = 0; i < 400; i++)
        free(launder(malloc(20)));
    kill(getpid(), SIGKILL);
    return 1;
}
