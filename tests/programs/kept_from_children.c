/* SPDX-License-Identifier: MIT */
/*
 * Memory that forked children do not get, as of network cards and JavaScript engines, still holds
 * the process's pointers: in a mapping, in shared memory, in a page of a block, and in one that
 * children get wiped. Of what is given back to children, or unmapped, nothing is kept.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "program.h"

enum { PAGE = 4096, LARGE_PAGES = 100 };

static void **ring, **shared, **block, **wiped, **moved;

static void *map_pages(size_t count, int flags)
{
    return mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
}

NOINLINE static void fill(void)
{
    ring = map_pages(LARGE_PAGES, MAP_PRIVATE);
    madvise(ring, LARGE_PAGES * PAGE, MADV_DONTFORK);
    ring[5] = malloc(101);
    ring[50 * PAGE / sizeof(void *)] = malloc(102);
    shared = map_pages(2, MAP_SHARED);
    madvise(shared, 2 * PAGE, MADV_DONTFORK);
    shared[600] = malloc(103);
    block = aligned_alloc(PAGE, 4 * PAGE);
    madvise(block + PAGE / sizeof(void *), PAGE, MADV_DONTFORK);
    block[3] = malloc(104);
    block[600] = malloc(105);
    wiped = map_pages(1, MAP_PRIVATE);
    madvise(wiped, PAGE, MADV_WIPEONFORK);
    wiped[9] = malloc(106);
    moved = map_pages(1, MAP_PRIVATE);
    madvise(moved, PAGE, MADV_DONTFORK);
    moved = mremap(moved, PAGE, 20 * PAGE, MREMAP_MAYMOVE);
    moved[9] = malloc(107);
    launder(malloc(777));
}

NOINLINE static void unmap(void)
{
    void **gone = map_pages(1, MAP_PRIVATE);
    madvise(gone, PAGE, MADV_DONTFORK);
    gone[1] = malloc(108);
    munmap(gone, PAGE);
}

int main(void)
{
    fill();
    unmap();
    SCRUB();
    return 0;
}
