/* SPDX-License-Identifier: MIT */
/* A library of peers.cpp. */
#include "tests/programs/program.h"
#include <stdlib.h>

NOINLINE void *lose_in_library(size_t bytes)
{
    return launder(malloc(bytes));
}
