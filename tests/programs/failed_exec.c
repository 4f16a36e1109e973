/* SPDX-License-Identifier: MIT */
/* An exec that fails changes nothing: one process, and what it loses afterwards is seen. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "program.h"

NOINLINE static void lose_a_block(void)
{
    launder(malloc(60));
}

int main(void)
{
    int failed = execl("/nonexistent/program", "program", (char *)NULL) != -1 || errno != ENOENT;
    lose_a_block();
    SCRUB();
    return failed;
}
