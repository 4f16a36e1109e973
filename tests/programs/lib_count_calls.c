/* SPDX-License-Identifier: MIT */
/* Preloaded after the recorder: counts the calls that reach the allocator below it. */
#include <stdatomic.h>
#include <stdlib.h>
#include "program.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static atomic_long calls;

long counted_calls(void);
long counted_calls(void)
{
    return calls;
}

void *malloc(size_t size)
{
    calls++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    calls++;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    calls++;
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    calls++;
    return __libc_memalign(alignment, size);
}

void free(void *block)
{
    calls += block != NULL; /* libc frees nothing, often, when a thread ends */
    __libc_free(block);
}
