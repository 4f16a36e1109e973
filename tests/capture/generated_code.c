/* SPDX-License-Identifier: MIT */
/*
 * Code that no file knows of, as a JIT makes it: with and without a frame pointer of its own, on the
 * main stack, on a thread's and on a coroutine's.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

static __attribute__((noinline)) void allocate(void)
{
    void *volatile block = malloc(10);
    free(block);
}

/* push rbp; mov rbp, rsp; call rdi; pop rbp; ret */
static const unsigned char with_frame_pointer[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
/* sub rsp, 40; call rdi; add rsp, 40; ret */
static const unsigned char without_frame_pointer[] = {0x48, 0x83, 0xec, 0x28, 0xff, 0xd7,
                                                      0x48, 0x83, 0xc4, 0x28, 0xc3};
static void (*generated[2])(void (*)(void));

static __attribute__((noinline)) void *call_generated(void *unused)
{
    for (int i = 0; i < 200; i++)
        generated[0](allocate);
    for (int i = 0; i < 200; i++)
        generated[1](allocate);
    return unused;
}

static ucontext_t main_context, coroutine;

static void run_coroutine(void)
{
    call_generated(NULL);
}

int main(void)
{
    unsigned char *code =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(code, with_frame_pointer, sizeof with_frame_pointer);
    memcpy(code + 64, without_frame_pointer, sizeof without_frame_pointer);
    *(void **)&generated[0] = code;
    *(void **)&generated[1] = code + 64;
    call_generated(NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, call_generated, NULL);
    pthread_join(thread, NULL);
    enum { STACK_BYTES = 64 << 10 };
    getcontext(&coroutine);
    coroutine.uc_stack.ss_sp =
        mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    coroutine.uc_stack.ss_size = STACK_BYTES;
    coroutine.uc_link = &main_context;
    makecontext(&coroutine, run_coroutine, 0);
    swapcontext(&main_context, &coroutine);
    puts("done");
}
