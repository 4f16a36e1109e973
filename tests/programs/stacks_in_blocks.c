/* SPDX-License-Identifier: MIT */
/*
 * Stacks in blocks that nothing points to but a stack pointer or the kernel: a thread stands in a
 * signal handler on its alternate stack; another has one that it does not use; a third runs on the
 * stack of a coroutine. What is on them is in use. A thread's alternate stack outlives it: lost.
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>
#include "program.h"

enum { STACK_BYTES = 65536 };

static sem_t ready, never;
static ucontext_t coroutine;

/* The stack itself is reached; what its dead part holds is a stack's business. */
NOINLINE static void wait_with_a_block(size_t size_bytes)
{
    void *volatile held = launder(malloc(size_bytes));
    sem_post(&ready);
    for (;;)
        sem_wait(&never);
    free(held);
}

static void on_signal(int number)
{
    wait_with_a_block(100 + (size_t)(number == SIGUSR1));
}

NOINLINE static void set_alternate_stack(void)
{
    stack_t stack = {.ss_sp = malloc(STACK_BYTES), .ss_size = STACK_BYTES};
    sigaltstack(&stack, NULL);
}

static void *stand_in_a_handler(void *unused)
{
    set_alternate_stack();
    SCRUB();
    raise(SIGUSR1);
    return unused;
}

static void *have_one_unused(void *unused)
{
    set_alternate_stack();
    SCRUB();
    wait_with_a_block(102);
    return unused;
}

static void run_coroutine(void)
{
    wait_with_a_block(103);
}

NOINLINE static void make_coroutine(void)
{
    getcontext(&coroutine);
    coroutine.uc_stack.ss_sp = malloc(STACK_BYTES);
    coroutine.uc_stack.ss_size = STACK_BYTES;
    makecontext(&coroutine, run_coroutine, 0);
}

/* The context that was left does not say where the stack is. */
static void *run_on_a_coroutine(void *unused)
{
    ucontext_t now;
    make_coroutine();
    now = coroutine;
    coroutine = (ucontext_t){0};
    SCRUB();
    setcontext(&now);
    return unused;
}

static void *leave_one_behind(void *unused)
{
    set_alternate_stack();
    SCRUB();
    return unused;
}

int main(void)
{
    static void *(*const jobs[])(void *) = {stand_in_a_handler, have_one_unused,
                                            run_on_a_coroutine};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    pthread_t thread;
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, leave_one_behind, NULL);
    pthread_join(thread, NULL);
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        pthread_create(&thread, NULL, jobs[i], NULL);
        sem_wait(&ready);
    }
    SCRUB();
    exit(0);
}
