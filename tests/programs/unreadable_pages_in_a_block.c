/* SPDX-License-Identifier: MIT */
/*
 * A large block with pages in it that nobody may read, and a mapping of its own with such a page: what the
 * readable rest points to is held, and nothing breaks.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include "program.h"

enum { PAGE = 4096, PAGES = 256 };

static char *block, *mapping;

static void hold_at(char *place)
{
    *(void **)(void *)place = launder(malloc(100));
}

int main(void)
{
    block = launder(aligned_alloc(PAGE, PAGES * PAGE));
    mapping = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    hold_at(block);
    hold_at(block + 100 * PAGE);
    hold_at(block + (PAGES - 1) * PAGE + 8);
    hold_at(mapping + 2 * PAGE + 64);
    mprotect(block + 50 * PAGE, 20 * PAGE, PROT_NONE);
    mprotect(block + 101 * PAGE, PAGE, PROT_NONE);
    mprotect(mapping + PAGE, PAGE, PROT_NONE);
    SCRUB();
    return 0;
}
