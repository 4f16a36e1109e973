/* SPDX-License-Identifier: MIT */
/* A block that only the mmap'ed stack of a suspended coroutine holds is alive. */
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include "program.h"

static ucontext_t outside, inside;

NOINLINE static uintptr_t allocate_hidden(void)
{
    return hide(malloc(666));
}

static void coroutine(void)
{
    uintptr_t hidden = allocate_hidden();
    SCRUB();
    void *volatile local = unhide(hidden);
    swapcontext(&inside, &outside);
    (void)local;
}

int main(void)
{
    size_t size = 256 * 1024;
    void *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    getcontext(&inside);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = size;
    makecontext(&inside, coroutine, 0);
    swapcontext(&outside, &inside);
    SCRUB();
    return 0;
}
