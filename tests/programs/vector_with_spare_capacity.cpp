// SPDX-License-Identifier: MIT
// A vector's buffer took the memory of a block that pointed to a lost one; its spare capacity was
// never written.
#include <cstdlib>
#include <vector>
#include "program.h"

static std::vector<long> *kept;

NOINLINE static void lose_a_block()
{
    void *lost = malloc(300), **old = static_cast<void **>(malloc(64 * sizeof *old));
    for (int i = 0; i < 64; i++)
        old[i] = lost;
    free(launder(old));
    kept = new std::vector<long>;
    kept->reserve(64);
    kept->push_back(1);
}

int main()
{
    lose_a_block();
    SCRUB();
}
