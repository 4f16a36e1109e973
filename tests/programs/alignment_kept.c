/* SPDX-License-Identifier: MIT */
/* The recorder leaves alignment, usable size and errno as the allocator gave them. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include "program.h"

NOINLINE static int check_block(char *block, size_t alignment, size_t size)
{
    int wrong = !block || (uintptr_t)block % alignment || malloc_usable_size(block) < size;
    if (block)
        memset(block, 0xaa, malloc_usable_size(block));
    free(block);
    return wrong;
}

int main(void)
{
    int wrong = 0;
    for (size_t alignment = 16; alignment <= 65536; alignment *= 2)
        for (size_t size = 1; size <= 4096; size *= 4)
            wrong += check_block(launder(memalign(alignment, size)), alignment, size);
    for (size_t size = 1; size < 3000; size += 7)
        wrong += check_block(launder(malloc(size)), 16, size);
    errno = 77;
    wrong += check_block(launder(malloc(500)), 16, 500) + (errno != 77);
    return wrong;
}
