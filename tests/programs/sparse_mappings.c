/* SPDX-License-Identifier: MIT */
/* Pointers far inside of mappings much larger than the memory: found at once, and no page is used up for it. */
#include <stdlib.h>
#include <sys/mman.h>
#include "program.h"

#define PRIVATE_BYTES ((size_t)96 << 30)
#define SHARED_BYTES ((size_t)32 << 30)

static char *map(size_t size_bytes, int sharing)
{
    void *memory = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        exit(2);
    return memory;
}

NOINLINE static void allocate(void)
{
    char *in_private = map(PRIVATE_BYTES, MAP_PRIVATE), *in_shared = map(SHARED_BYTES, MAP_SHARED);
    *(void **)(in_private + PRIVATE_BYTES / 2) = malloc(100);
    *(void **)(in_private + PRIVATE_BYTES - 8) = malloc(200);
    *(void **)(in_shared + SHARED_BYTES / 2 + 8) = malloc(300);
    launder(malloc(50));
}

int main(void)
{
    allocate();
    SCRUB();
    return 0;
}
