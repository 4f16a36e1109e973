/* SPDX-License-Identifier: MIT */
#include "preload/base/private_memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "preload/arch/machine.h"
#include "preload/base/memory_calls.h"
#include "preload/base/proc_file.h"

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

static void *map(size_t size_bytes)
{
    return memory_call_map(NULL, size_bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

/* Never touched, and not locked: nor is what it is enlarged to. Its last page is the next seed. */
static char *_Atomic seed;

static void *map_unlocked(size_t size_bytes)
{
    size_t page_bytes = machine_page_bytes();
    size_bytes = machine_page_end(size_bytes);
    char *page = atomic_exchange(&seed, NULL);
    if (!page) /* another thread has it */
        return MAP_FAILED;
    char *grown =
        memory_call_remap(page, page_bytes, size_bytes + page_bytes, MREMAP_MAYMOVE, NULL);
    atomic_store(&seed, grown == MAP_FAILED ? page : grown + size_bytes);
    return grown;
}

void private_memory_stays_unlocked(void)
{
    char *page = atomic_load(&seed) ? MAP_FAILED : map(machine_page_bytes());
    if (page != MAP_FAILED)
        atomic_store(&seed, page);
}

void *private_memory_map(size_t size_bytes)
{
    struct address_range *range = range_new();
    if (!range)
        return NULL;
    int saved_errno = errno;
    void *memory =
        atomic_load_explicit(&seed, memory_order_relaxed) ? map_unlocked(size_bytes) : MAP_FAILED;
    if (memory == MAP_FAILED)
        memory = map(size_bytes);
    errno = saved_errno;
    if (memory == MAP_FAILED) {
        __atomic_store_n(&range->end, 0, __ATOMIC_RELEASE);
        return NULL;
    }
    range_set(range, memory, size_bytes);
    return memory;
}

static uint64_t limit_bytes(int which)
{
    struct rlimit limit;
    return getrlimit(which, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur
                                                                            : UINT64_MAX;
}

static bool is_within(int which, uintptr_t used_pages, size_t size_bytes)
{
    uint64_t limit = limit_bytes(which), used_bytes = used_pages * machine_page_bytes();
    return used_bytes < limit && (limit - used_bytes) / 2 >= size_bytes;
}

/* Of /proc/self/statm: 0 all pages, 5 those of data and stacks. */
bool private_memory_has_room(size_t size_bytes)
{
    enum { ALL, DATA = 5, COUNT };
    char text[256];
    uintptr_t pages[COUNT];
    if ((limit_bytes(RLIMIT_AS) & limit_bytes(RLIMIT_DATA)) == UINT64_MAX)
        return true;
    int saved_errno = errno;
    bool known = proc_file_read("/proc/self/statm", text, sizeof text) &&
                 proc_file_numbers(text, pages, COUNT) == COUNT;
    errno = saved_errno;
    return !known || (is_within(RLIMIT_AS, pages[ALL], size_bytes) &&
                      is_within(RLIMIT_DATA, pages[DATA], size_bytes));
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

/* The first of our ranges that ends after `start`; the seed is one of them. */
static struct address_range next_range(uintptr_t start)
{
    uintptr_t unlocked = (uintptr_t)atomic_load(&seed);
    struct address_range next = {UINTPTR_MAX, UINTPTR_MAX};
    if (unlocked && unlocked >= start)
        next = (struct address_range){unlocked, unlocked + machine_page_bytes()};
    size_t count = private_memory_ranges(NULL, 0);
    for (size_t i = 0; i < count; i++)
        if (noted[i].end > start && noted[i].start < next.start)
            next = noted[i];
    return next;
}

void private_memory_each_other(uintptr_t start, uintptr_t end,
                               void (*visit)(uintptr_t start, uintptr_t end, void *context),
                               void *context)
{
    while (start < end) {
        struct address_range ours = next_range(start);
        uintptr_t until = ours.start < end ? ours.start : end;
        if (start < until)
            visit(start, until, context);
        start = ours.end > start ? ours.end : end;
    }
}
