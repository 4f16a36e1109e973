/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MEMORY_CALLS_H
#define LEAKGRAPH_MEMORY_CALLS_H

/*
 * mmap and its like straight from the kernel, for the shim itself: the functions of that name are
 * hooks of ours, and whatever else may be behind them is for the program. errno as theirs.
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

static inline void *memory_call_remap(void *address, size_t old_bytes, size_t new_bytes, int flags,
                                      void *wanted)
{
    return (void *)syscall(SYS_mremap, address, old_bytes, new_bytes, flags, wanted);
}

#endif
