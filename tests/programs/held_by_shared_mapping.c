/* SPDX-License-Identifier: MIT */
/* A block that only shared mmap'ed memory points to is alive. */
#include <stdlib.h>
#include <sys/mman.h>
#include "program.h"

static uintptr_t hidden_mapping;

NOINLINE static int allocate(void)
{
    void **slots = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (slots == MAP_FAILED)
        return 1;
    slots[1234] = launder(malloc(100));
    hidden_mapping = hide(slots);
    return 0;
}

int main(void)
{
    int failed = allocate();
    SCRUB();
    return failed;
}
