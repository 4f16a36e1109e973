/* SPDX-License-Identifier: MIT */
/*
 * asked HOW: waits for requests in odd states, until SIGKILL. It prints "ready" first.
 *     idle               does nothing at all
 *     blocked            has all signals blocked, and allocates
 *     blocked-idle       has all signals blocked, and allocates nothing
 *     threads            has a hundred threads that wait
 *     child              prints the pid of a forked child that allocates
 *     fresh-child        the same of one that has not allocated yet
 *     signals            uses every real-time signal itself, all of them
 *     default            is killed by a real-time signal of its own
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "preload/leakgraph.h"

static volatile sig_atomic_t received;

static void on_signal(int number)
{
    (void)number;
    received++;
}

static void *wait_for_ever(void *block)
{
    for (;;)
        pause();
    return block;
}

static void block_all(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

static void allocate(void)
{
    for (int i = 0; i < 1000; i++) {
        void *volatile block = malloc(32);
        free(block);
    }
}

static void ready(void)
{
    puts("ready");
    fflush(stdout);
}

static void start_threads(void)
{
    pthread_t thread;
    for (int i = 0; i < 100; i++)
        pthread_create(&thread, NULL, wait_for_ever, malloc(64));
}

static void start_child(int allocates)
{
    pid_t child = fork();
    if (child > 0) {
        printf("child %d\n", (int)child);
        return;
    }
    if (allocates)
        allocate();
    wait_for_ever(NULL);
}

/* The recorder's own signal is among them; it must look unused, and be the program's from then on. */
static int use_all_signals(void)
{
    int wrong = 0, sent = 0;
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
        struct sigaction action = {.sa_handler = on_signal}, before;
        wrong += sigaction(number, &action, &before) != 0 || before.sa_handler != SIG_DFL;
        raise(number);
        sent++;
        leakgraph_snapshot(NULL);
        wrong += received != sent;
        wrong += sigaction(number, NULL, &before) != 0 || before.sa_handler != on_signal;
    }
    for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
        raise(number);
        wrong += received != ++sent;
    }
    printf("%d wrong\n", wrong);
    return wrong != 0;
}

static int die_of_a_signal(void)
{
    signal(SIGRTMAX - 3, SIG_DFL);
    raise(SIGRTMAX - 3);
    return 0;
}

int main(int count, char **arguments)
{
    const char *how = count > 1 ? arguments[1] : "idle";
    if (strcmp(how, "signals") == 0)
        return use_all_signals();
    if (strcmp(how, "default") == 0)
        return die_of_a_signal();
    allocate();
    if (strncmp(how, "blocked", strlen("blocked")) == 0)
        block_all();
    if (strcmp(how, "threads") == 0)
        start_threads();
    if (strstr(how, "child"))
        start_child(strcmp(how, "child") == 0);
    ready();
    while (strcmp(how, "blocked") == 0) {
        nanosleep(&(struct timespec){0, 10000000}, NULL);
        allocate();
    }
    wait_for_ever(NULL);
}
