/* SPDX-License-Identifier: MIT */
/* An exception that nobody catches ends in abort: its own block is held by the runtime, no leak. */
#include <cstdlib>
#include <stdexcept>
#include "program.h"

NOINLINE static void lose_a_block()
{
    launder(malloc(100));
}

int main()
{
    lose_a_block();
    SCRUB();
    throw 42;
}
