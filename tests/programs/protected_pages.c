/* SPDX-License-Identifier: MIT */
/*
 * Memory that the program protects for a while still holds its pointers: a block whose first page
 * nobody may read, a page of a mapping of its own, a table that is read-only by now, in a mapping
 * and in the program's data. One block is lost for real.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include "program.h"

enum { PAGE = 4096 };

static void *settings[4 * PAGE / sizeof(void *)] __attribute__((aligned(PAGE)));
static void *defaults[2 * PAGE / sizeof(void *)] __attribute__((aligned(PAGE))) = {settings};
static char *block;
static void **table, **secrets;

static void *map_pages(size_t count)
{
    return mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

NOINLINE static void fill(void)
{
    block = malloc(200000);
    *(void **)(void *)(block + 16) = malloc(101);
    table = map_pages(2);
    table[7] = malloc(102);
    secrets = map_pages(3);
    secrets[PAGE / sizeof(void *) + 9] = malloc(103);
    settings[PAGE / sizeof(void *) + 3] = malloc(104);
    settings[3 * PAGE / sizeof(void *)] = malloc(105);
    defaults[8] = malloc(106);
    launder(malloc(1000));
}

static void protect(void)
{
    mprotect((void *)((uintptr_t)block & ~(uintptr_t)(PAGE - 1)), PAGE, PROT_NONE);
    mprotect(table, 2 * PAGE, PROT_READ);
    mprotect((char *)secrets + PAGE, PAGE, PROT_NONE);
    mprotect((char *)settings + PAGE, PAGE, PROT_READ);
    mprotect(defaults, PAGE, PROT_READ);
}

int main(void)
{
    fill();
    protect();
    SCRUB();
    return 0;
}
