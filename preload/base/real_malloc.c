/* SPDX-License-Identifier: MIT */
#include "preload/base/real_malloc.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdatomic.h>

struct real_malloc real_malloc_functions;
bool real_malloc_ready;

/* dlsym needs a few hundred bytes; constructors that run before ours may need more. */
enum { POOL_BYTES = 256 * 1024 };
static char pool[POOL_BYTES] __attribute__((aligned(16)));
static _Atomic size_t pool_used;

void *early_pool_alloc(size_t alignment, size_t size_bytes)
{
    if (alignment < 16)
        alignment = 16;
    if (size_bytes > POOL_BYTES || alignment > POOL_BYTES)
        return NULL;
    size_t used = atomic_load(&pool_used), start, end;
    do {
        uintptr_t least = (uintptr_t)pool + used + sizeof(size_t);
        start = ((least + alignment - 1) & ~(alignment - 1)) - (uintptr_t)pool;
        end = start + size_bytes;
        if (end > POOL_BYTES)
            return NULL;
    } while (!atomic_compare_exchange_weak(&pool_used, &used, end));
    ((size_t *)(pool + start))[-1] = size_bytes;
    return pool + start;
}

bool early_pool_owns(const void *block)
{
    return (uintptr_t)block - (uintptr_t)pool < POOL_BYTES;
}

size_t early_pool_size(const void *block)
{
    return ((const size_t *)block)[-1];
}

static const struct {
    const char *name;
    size_t member;
} wanted[] = {
#define WANTED(name)                                                                               \
    {                                                                                              \
#name, offsetof(struct real_malloc, name)                                                  \
    }
    WANTED(malloc),
    WANTED(free),
    WANTED(calloc),
    WANTED(realloc),
    WANTED(reallocarray),
    WANTED(posix_memalign),
    WANTED(aligned_alloc),
    WANTED(memalign),
    WANTED(valloc),
    WANTED(pvalloc),
    WANTED(malloc_usable_size),
#undef WANTED
};

bool real_malloc_find(void)
{
    static _Atomic int finding;
    if (real_malloc_ready)
        return true;
    if (atomic_exchange(&finding, 1))
        return false;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        *(void **)((char *)&real_malloc_functions + wanted[i].member) =
            dlsym(RTLD_NEXT, wanted[i].name);
    __atomic_store_n(&real_malloc_ready, true, __ATOMIC_RELEASE);
    return true;
}

/* Other allocators define __libc_malloc too: only the library that holds a malloc tells whose it
 * is. */
bool real_malloc_is_glibc(void)
{
    Dl_info ours, libc;
    void *version = dlsym(RTLD_NEXT, "gnu_get_libc_version");
    return version && dladdr((void *)real_malloc_functions.malloc, &ours) &&
           dladdr(version, &libc) && ours.dli_fbase == libc.dli_fbase;
}
