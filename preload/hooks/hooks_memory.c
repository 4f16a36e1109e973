/* SPDX-License-Identifier: MIT */
/*
 * Memory that the program maps itself: noted, because with an allocator that is not libc's nothing
 * else tells it from the allocator's. The calls do what they did. They come from inside of malloc
 * and from constructors that run before ours, so whose turn it is next is found out beforehand, and
 * until then it is the kernel's.
 */
#include "preload/hooks/hooks.h"

#include <stdarg.h>
#include <stdint.h>

#include "preload/base/memory_calls.h"
#include "preload/recording/next.h"
#include "preload/blocks/own_breaks.h"
#include "preload/blocks/own_mappings.h"
#include "preload/scan/unforked_pages.h"

static struct {
    __typeof__(&mmap) map;
    __typeof__(&munmap) unmap;
    void *(*remap)(void *, size_t, size_t, int, ...);
} next = {memory_call_map, memory_call_unmap, NULL};

void hooks_memory_start(void)
{
    __typeof__(&mmap) map = (__typeof__(&mmap))next_definition("mmap");
    __typeof__(&munmap) unmap = (__typeof__(&munmap))next_definition("munmap");
    next.remap = (void *(*)(void *, size_t, size_t, int, ...))next_definition("mremap");
    if (map)
        next.map = map;
    if (unmap)
        next.unmap = unmap;
}

/* Present in every libc of the kind, and right before anything can be looked up. */
void *__sbrk(intptr_t bytes);

static void note(const void *memory, size_t size_bytes, int flags, uintptr_t caller)
{
    if (memory == MAP_FAILED)
        return;
    unforked_pages_forget((uintptr_t)memory, size_bytes);
    if ((flags & MAP_ANONYMOUS) && (flags & MAP_TYPE) == MAP_PRIVATE)
        own_mappings_note((uintptr_t)memory, size_bytes, caller);
    else
        own_mappings_forget((uintptr_t)memory, size_bytes);
}

HOOK void *mmap(void *address, size_t size_bytes, int protection, int flags, int fd, off_t offset)
{
    void *memory = next.map(address, size_bytes, protection, flags, fd, offset);
    note(memory, size_bytes, flags, (uintptr_t)__builtin_return_address(0));
    return memory;
}

HOOK void *mmap64(void *address, size_t size_bytes, int protection, int flags, int fd,
                  off64_t offset)
{
    void *memory = next.map(address, size_bytes, protection, flags, fd, offset);
    note(memory, size_bytes, flags, (uintptr_t)__builtin_return_address(0));
    return memory;
}

/* Before it happens: afterwards another thread may have mapped the same place again. */
HOOK int munmap(void *address, size_t size_bytes)
{
    own_mappings_forget((uintptr_t)address, size_bytes);
    unforked_pages_forget((uintptr_t)address, size_bytes);
    return next.unmap(address, size_bytes);
}

HOOK void *mremap(void *address, size_t old_bytes, size_t new_bytes, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    void *wanted = flags & MREMAP_FIXED ? va_arg(arguments, void *) : NULL;
    va_end(arguments);
    bool is_own = own_mappings_has((uintptr_t)address, old_bytes);
    void *memory = next.remap ? next.remap(address, old_bytes, new_bytes, flags, wanted)
                              : memory_call_remap(address, old_bytes, new_bytes, flags, wanted);
    if (memory != MAP_FAILED)
        unforked_pages_moved((uintptr_t)address, old_bytes, (uintptr_t)memory, new_bytes);
    if (memory == MAP_FAILED || !is_own)
        return memory;
    own_mappings_forget((uintptr_t)address, old_bytes);
    own_mappings_note((uintptr_t)memory, new_bytes, (uintptr_t)__builtin_return_address(0));
    return memory;
}

HOOK int madvise(void *address, size_t size_bytes, int advice)
{
    int failure = memory_call_advise(address, size_bytes, advice);
    if (failure == 0)
        unforked_pages_advised((uintptr_t)address, size_bytes, advice);
    return failure;
}

static void *move_break(intptr_t bytes, uintptr_t caller)
{
    char *before = __sbrk(bytes);
    if (before != (char *)-1 && bytes)
        own_breaks_moved((uintptr_t)before, (uintptr_t)(before + bytes), caller);
    return before;
}

HOOK void *sbrk(intptr_t bytes)
{
    return move_break(bytes, (uintptr_t)__builtin_return_address(0));
}

HOOK int brk(void *end)
{
    intptr_t bytes = (char *)end - (char *)__sbrk(0);
    return move_break(bytes, (uintptr_t)__builtin_return_address(0)) == (void *)-1 ? -1 : 0;
}
