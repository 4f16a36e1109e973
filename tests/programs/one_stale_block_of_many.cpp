// SPDX-License-Identifier: MIT
// A hundred payloads, one of which got the memory of a table of pointers and never wrote over it: they
// keep their type's name even when reused memory is not cleared. Nothing is lost.
#include <cstdlib>
#include <vector>
#include "program.h"

struct Payload {
    unsigned index, references;
    unsigned char data[3992];
};

static std::vector<Payload *> &all = *new std::vector<Payload *>;

NOINLINE static void leave_pointers_behind()
{
    void **table = static_cast<void **>(malloc(sizeof(Payload)));
    for (size_t i = 0; i < all.size(); i++)
        table[100 + i] = all[i];
    free(launder(table));
}

int main()
{
    for (int i = 0; i < 100; i++) {
        if (i == 99)
            leave_pointers_behind();
        all.push_back(new Payload);
    }
    SCRUB();
}
