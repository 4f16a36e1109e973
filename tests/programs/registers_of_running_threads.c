/* SPDX-License-Identifier: MIT */
/* Blocks that only a general and a vector register of running threads hold are alive. */
#include <pthread.h>
#include <stdlib.h>
#include "program.h"

static volatile int ready[2];

NOINLINE static uintptr_t allocate_hidden(void)
{
    return hide(malloc(555));
}

static void *run_general(void *unused)
{
    uintptr_t hidden = allocate_hidden();
    SCRUB();
#ifdef __x86_64__
    __asm__ volatile("not %0\n\t mov %0, %%r12\n\t xor %0, %0\n\t movl $1, %1\n\t 1: pause\n\t jmp 1b"
                     : "+&a"(hidden), "=m"(ready[0])
                     :
                     : "r12", "memory");
#else
    void *volatile local = unhide(hidden);
    ready[0] = 1;
    while (local)
        ;
#endif
    return unused;
}

static void *run_vector(void *unused)
{
    uintptr_t hidden = allocate_hidden();
    SCRUB();
#ifdef __x86_64__
    __asm__ volatile("not %0\n\t movq %0, %%xmm9\n\t xor %0, %0\n\t movl $1, %1\n\t 1: pause\n\t jmp 1b"
                     : "+&a"(hidden), "=m"(ready[1])
                     :
                     : "xmm9", "memory");
#else
    void *volatile local = unhide(hidden);
    ready[1] = 1;
    while (local)
        ;
#endif
    return unused;
}

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, run_general, NULL);
    pthread_create(&thread, NULL, run_vector, NULL);
    while (!ready[0] || !ready[1])
        ;
    SCRUB();
    return 0;
}
