/* SPDX-License-Identifier: MIT */
/*
 * Threads hold blocks on their stacks, in registers, in thread-local storage and behind other
 * blocks while main forks. The children, which have no such threads, did not lose them; what a
 * child lost itself is told.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

enum { THREADS = 4, HELD = 50 };
static atomic_int ready, stop;

static void wait_for_main(void)
{
    ready++;
    while (!stop)
        usleep(1000);
}

static void *hold_on_the_stack(void *unused)
{
    void *volatile held[HELD];
    for (int i = 0; i < HELD; i++)
        held[i] = malloc(200);
    wait_for_main();
    for (int i = 0; i < HELD; i++)
        free(held[i]);
    return unused;
}

static void *hold_in_a_register(void *given)
{
    void *own = malloc(2048);
    ready++;
    while (!stop)
        usleep(1000);
    free(own);
    free(given);
    return NULL;
}

static void *hold_in_a_list(void *unused)
{
    void **first = NULL;
    for (int i = 0; i < HELD; i++) {
        void **next = malloc(24);
        *next = first;
        first = next;
    }
    wait_for_main();
    while (first) {
        void **next = *first;
        free(first);
        first = next;
    }
    return unused;
}

static __thread void *volatile mine;
static void *hold_in_thread_storage(void *unused)
{
    mine = malloc(300);
    wait_for_main();
    free(mine);
    return unused;
}

NOINLINE static void lose_in_child(void)
{
    launder(malloc(24));
    launder(malloc(77));
}

static pid_t fork_child(int lose)
{
    pid_t child = fork();
    if (child == 0) {
        free(launder(malloc(10)));
        if (lose)
            lose_in_child();
        SCRUB();
        if (lose)
            exit(0);
        _exit(0);
    }
    return child;
}

int main(void)
{
    static void *(*const threads[THREADS])(void *) = {hold_on_the_stack, hold_in_a_register,
                                                      hold_in_a_list, hold_in_thread_storage};
    pthread_t started[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&started[i], NULL, threads[i], i == 1 ? malloc(700) : NULL);
    while (ready < THREADS)
        usleep(1000);
    for (int i = 0; i < 2; i++)
        waitpid(fork_child(i), NULL, 0);
    stop = 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(started[i], NULL);
    return 0;
}
