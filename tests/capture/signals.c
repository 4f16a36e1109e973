/* SPDX-License-Identifier: MIT */
/*
 * Signal handlers that allocate: raised by the program on its own stack and on an alternate one, and by a
 * second thread at any instruction outside malloc: prologues, memcpy, swapcontext, the lazy binding of a call.
 * signals LEAST [alternate]: until that many allocations were made in signals of the thread.
 * Two coroutines on 64 KB stacks change places all the time.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { STACK_BYTES = 64 << 10 };

static volatile sig_atomic_t may_allocate;
static volatile bool is_over;
static volatile long thread_signals, thread_captures;
static ucontext_t main_context, coroutine[2];

static __attribute__((noinline)) void allocate(void)
{
    void *volatile block = malloc(24);
    free(block);
}

/* malloc is not to be entered again while the program is in it. */
static __attribute__((noinline)) void allocate_outside(void)
{
    may_allocate = 0;
    allocate();
    may_allocate = 1;
}

static void on_raise(int number)
{
    (void)number;
    allocate();
}

static void on_thread_signal(int number)
{
    (void)number;
    thread_signals++;
    if (!may_allocate)
        return;
    may_allocate = 0;
    thread_captures++;
    allocate();
    may_allocate = 1;
}

static __attribute__((noinline)) int recurse(int depth, int (*self)(int, void *))
{
    char text[64], copy[64];
    memset(text, depth, sizeof text);
    memcpy(copy, text, sizeof copy);
    int result = depth > 0 ? self(depth - 1, copy) : 0;
    static int rounds;
    if (depth == 0 && ++rounds % 16 == 0) {
        may_allocate = 0;
        raise(SIGUSR1);
        raise(SIGUSR2);
        may_allocate = 1;
    }
    return result + copy[depth % 64];
}

static int recurse_by_pointer(int depth, void *unused)
{
    (void)unused;
    static int calls;
    if (++calls % 100 == 0)
        allocate_outside();
    return recurse(depth, recurse_by_pointer);
}

static void *send_signals(void *main_thread)
{
    while (!is_over) {
        pthread_kill(*(pthread_t *)main_thread, SIGALRM);
        usleep(20);
    }
    return NULL;
}

static void run_coroutine(int which)
{
    for (int round = 0;; round++) {
        recurse_by_pointer(round % 12, NULL);
        swapcontext(&coroutine[which], round % 3 == 0 ? &main_context : &coroutine[1 - which]);
    }
}

static void make_coroutine(int which)
{
    getcontext(&coroutine[which]);
    coroutine[which].uc_stack.ss_sp = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    coroutine[which].uc_stack.ss_size = STACK_BYTES;
    coroutine[which].uc_link = &main_context;
    makecontext(&coroutine[which], (void (*)(void))run_coroutine, 1, which);
}

static void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags | SA_RESTART};
    sigaction(number, &action, NULL);
}

int main(int argc, char **argv)
{
    int least = argc > 1 ? atoi(argv[1]) : 500;
    stack_t alternate = {.ss_sp = malloc(STACK_BYTES), .ss_size = STACK_BYTES};
    sigaltstack(&alternate, NULL);
    handle(SIGUSR1, on_raise, 0);
    handle(SIGUSR2, on_raise, SA_ONSTACK);
    handle(SIGALRM, on_thread_signal, argc > 2 ? SA_ONSTACK : 0);
    make_coroutine(0);
    make_coroutine(1);
    pthread_t main_thread = pthread_self(), sender;
    pthread_create(&sender, NULL, send_signals, &main_thread);
    may_allocate = 1;
    for (int i = 0; thread_captures < least; i++) {
        recurse_by_pointer(i % 20, NULL);
        swapcontext(&main_context, &coroutine[i % 2]);
    }
    may_allocate = 0;
    is_over = true;
    pthread_join(sender, NULL);
    printf("done: %ld signals of the thread, %ld allocated\n", thread_signals, thread_captures);
}
