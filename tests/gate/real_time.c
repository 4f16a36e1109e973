/* SPDX-License-Identifier: MIT */
/* Becomes a real-time thread after its first allocations, and stops being one: 7 of its allocations
 * count. With an argument, another thread is made one from outside; with "unseen" the program itself,
 * by a call that nobody sees, as chrt does. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *volatile p;
static void make(int n)
{
    for (int i = 0; i < n; i++) {
        p = malloc(100);
        free(p);
    }
}
static void *named(void *x)
{
    make(3);
    pthread_setname_np(pthread_self(), "control");
    make(5);
    return x;
}
static void *later(void *x)
{
    make(2);
    pthread_barrier_wait(x);
    pthread_barrier_wait(x);
    make(2);
    return x;
}
int main(int argc, char **argv)
{
    pthread_t t;
    pthread_barrier_t b;
    struct sched_param fifo = {.sched_priority = 5}, other = {0};
    make(100);
    if (sched_setscheduler(0, SCHED_FIFO, &fifo) != 0)
        return 77;
    make(7);
    sched_setscheduler(0, SCHED_OTHER, &other);
    make(50);
    pthread_create(&t, NULL, named, NULL);
    pthread_join(t, NULL);
    if (argc > 1 && strcmp(argv[1], "unseen") == 0) {
        syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &fifo);
        make(1000);
    } else if (argc > 1) {
        pthread_barrier_init(&b, NULL, 2);
        pthread_create(&t, NULL, later, &b);
        pthread_barrier_wait(&b);
        pthread_setschedparam(t, SCHED_RR, &fifo);
        pthread_setname_np(t, "later");
        pthread_barrier_wait(&b);
        pthread_join(t, NULL);
    }
    return 0;
}
