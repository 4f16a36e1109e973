/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MEMORY_CALLS_H
#define LEAKGRAPH_MEMORY_CALLS_H

/*
 * mmap, munmap and mremap as system calls, for the shim's own memory: the functions of these names
 * are our hooks, and behind them may be hooks of the program. They set errno like the functions.
 */

#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static inline void *memory_call_map(void *address, size_t size_bytes, int protection, int flags,
                                    int fd, off_t offset)
{
    return (void *)syscall(SYS_mmap, address, size_bytes, protection, flags, fd, offset);
}

static inline int memory_call_unmap(void *address, size_t size_bytes)
{
    return (int)syscall(SYS_munmap, address, size_bytes);
}

static inline int memory_call_advise(void *address, size_t size_bytes, int advice)
{
    return (int)syscall(SYS_madvise, address, size_bytes, advice);
}

static inline void *memory_call_remap(void *address, size_t old_bytes, size_t new_bytes, int flags,
                                      void *wanted)
{
    return (void *)syscall(SYS_mremap, address, old_bytes, new_bytes, flags, wanted);
}

#endif
