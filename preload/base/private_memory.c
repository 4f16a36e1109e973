/* SPDX-License-Identifier: MIT */
#include "preload/base/private_memory.h"

#include <errno.h>
#include <stdatomic.h>

#include "preload/arch/machine.h"
#include "preload/base/memory_calls.h"

/* Mappings are large, so there are few of them. When the list is full, no more are made. */
enum { RANGE_LIMIT = 32768 };
static struct address_range noted[RANGE_LIMIT];
static _Atomic size_t noted_count;

static struct address_range *range_new(void)
{
    size_t index = atomic_fetch_add_explicit(&noted_count, 1, memory_order_relaxed);
    if (index < RANGE_LIMIT)
        return &noted[index];
    atomic_store_explicit(&noted_count, RANGE_LIMIT, memory_order_relaxed);
    for (size_t i = 0; i < RANGE_LIMIT; i++) {
        uintptr_t free_mark = 0;
        if (__atomic_compare_exchange_n(&noted[i].end, &free_mark, 1, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED))
            return &noted[i];
    }
    return NULL;
}

static void range_set(struct address_range *range, void *memory, size_t size_bytes)
{
    range->start = (uintptr_t)memory;
    __atomic_store_n(&range->end, machine_page_end((uintptr_t)memory + size_bytes),
                     __ATOMIC_RELEASE);
}

void *private_memory_map(size_t size_bytes)
{
    struct address_range *range = range_new();
    if (!range)
        return NULL;
    int saved_errno = errno;
    void *memory = memory_call_map(NULL, size_bytes, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    errno = saved_errno;
    if (memory == MAP_FAILED) {
        __atomic_store_n(&range->end, 0, __ATOMIC_RELEASE);
        return NULL;
    }
    range_set(range, memory, size_bytes);
    return memory;
}

void private_memory_note(void *memory, size_t size_bytes)
{
    struct address_range *range = range_new();
    if (range)
        range_set(range, memory, size_bytes);
}

void private_memory_forget(void *memory)
{
    size_t count = private_memory_ranges(NULL, 0);
    for (size_t i = 0; i < count; i++)
        if (noted[i].start == (uintptr_t)memory) {
            noted[i].start = 0;
            __atomic_store_n(&noted[i].end, 0, __ATOMIC_RELEASE);
            return;
        }
}

void private_memory_unmap(void *memory, size_t size_bytes)
{
    private_memory_forget(memory);
    memory_call_unmap(memory, size_bytes);
}

void private_memory_give_back(void *memory, size_t size_bytes)
{
    int saved_errno = errno;
    madvise(memory, size_bytes, MADV_DONTNEED);
    errno = saved_errno;
}

void private_memory_in_large_pages(void *memory, size_t size_bytes)
{
    int saved_errno = errno;
    madvise(memory, size_bytes, MADV_HUGEPAGE);
    errno = saved_errno;
}

bool private_memory_repair(uintptr_t address)
{
    size_t count = private_memory_ranges(NULL, 0);
    uintptr_t page = address & ~(uintptr_t)(machine_page_bytes() - 1);
    for (size_t i = 0; i < count; i++)
        if (address >= noted[i].start && address < noted[i].end)
            return memory_call_map((void *)page, noted[i].end - page, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
                                   0) != MAP_FAILED;
    return false;
}

size_t private_memory_ranges(struct address_range *ranges, size_t capacity)
{
    size_t count = atomic_load_explicit(&noted_count, memory_order_acquire);
    if (count > RANGE_LIMIT)
        count = RANGE_LIMIT;
    for (size_t i = 0; i < count && i < capacity; i++)
        ranges[i] = noted[i];
    return count;
}
