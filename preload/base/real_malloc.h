/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_REAL_MALLOC_H
#define LEAKGRAPH_REAL_MALLOC_H

/*
 * The allocation functions that the target would call without us: those of libc, or of jemalloc or
 * tcmalloc when it is linked with one. Found with dlsym(RTLD_NEXT), which allocates itself: until
 * they are found, blocks come from a small pool of ours. The pool lives as long as the process, and
 * its blocks are recognised whenever the program passes one back.
 */

#include <stdbool.h>
#include <stddef.h>

struct real_malloc {
    void *(*malloc)(size_t);
    void (*free)(void *);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void *(*reallocarray)(void *, size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    void *(*memalign)(size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
    size_t (*malloc_usable_size)(void *);
};

extern struct real_malloc real_malloc_functions;
extern bool real_malloc_ready;

/* Looks everything up, once; false while this or another thread is doing so. */
bool real_malloc_find(void);
static inline bool real_malloc_is_ready(void)
{
    return __builtin_expect(real_malloc_ready, true) || real_malloc_find();
}

/* Is glibc's own malloc behind the hooks? */
bool real_malloc_is_glibc(void);

/* The pool for allocations before that. NULL when it has no room. */
void *early_pool_alloc(size_t alignment, size_t size_bytes);
bool early_pool_owns(const void *block);
size_t early_pool_size(const void *block);

#endif
