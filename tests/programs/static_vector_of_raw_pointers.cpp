/* SPDX-License-Identifier: MIT */
/* A static vector frees its array at exit but not what the array points to: that is lost with it. */
#include <vector>
#include "program.h"

static std::vector<int *> numbers;

NOINLINE static void append()
{
    numbers.push_back(static_cast<int *>(launder(new int[30])));
}

int main()
{
    for (volatile int i = 0; i < 5; i++)
        append();
    SCRUB();
    return 0;
}
