/* SPDX-License-Identifier: MIT */
/* Settings that the program fills in at its start and makes read-only, so that nobody overwrites them: all that they
 * point to is in use. One value that was replaced before is lost. */
#include <stdlib.h>
#include <sys/mman.h>
#include "program.h"

enum { PAGE = 4096, VALUES = 20 };

static char **settings;

NOINLINE static void set(int number, size_t size)
{
    settings[number] = launder(malloc(size));
}

int main(void)
{
    settings = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    set(3, 77);
    for (int i = 0; i < VALUES; i++)
        set(i, 100);
    SCRUB();
    return mprotect(settings, PAGE, PROT_READ);
}
