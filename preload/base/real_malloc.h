/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_REAL_MALLOC_H
#define LEAKGRAPH_REAL_MALLOC_H

/*
 * The functions behind the hooks: whatever the target would have called without us (libc's, or
 * jemalloc's or tcmalloc's when it is linked with one), found with dlsym(RTLD_NEXT). While they are
 * being looked up, dlsym itself allocates: that comes from a small pool of ours, which lives as
 * long as the process and whose blocks are recognised wherever a pointer comes back.
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

/* Looks everything up, once; false while that is under way on this or another thread. */
bool real_malloc_find(void);
static inline bool real_malloc_is_ready(void)
{
    return __builtin_expect(real_malloc_ready, true) || real_malloc_find();
}

/* Is it glibc's own malloc that serves? */
bool real_malloc_is_glibc(void);

/* The pool for allocations before that. Alignment up to a page. NULL when it is empty. */
void *early_pool_alloc(size_t alignment, size_t size_bytes);
bool early_pool_owns(const void *block);
size_t early_pool_size(const void *block);

#endif
