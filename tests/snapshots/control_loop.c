/* SPDX-License-Identifier: MIT */
/*
 * A control loop of 1 kHz with real-time priority, while the main thread, of ordinary priority,
 * allocates: the snapshots are taken there. Other processes take all the time that they
 * can get.
 * control_loop SECONDS; status 77 without the right to real-time priority.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { HOGS = 4, SLOTS = 2000 };

static int turns;
static _Atomic int done;

static void *control(void *unused)
{
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (int i = 0; i < turns; i++) {
        next.tv_nsec += 1000000;
        if (next.tv_nsec >= 1000000000) {
            next.tv_nsec -= 1000000000;
            next.tv_sec++;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    done = 1;
    return unused;
}

static pid_t start_hog(void)
{
    pid_t pid = fork();
    if (pid == 0)
        for (volatile unsigned work = 0;; work++)
            ;
    return pid;
}

static void allocate_until_done(void)
{
    static void *slots[SLOTS];
    for (unsigned i = 0; !done; i++) {
        free(slots[i % SLOTS]);
        slots[i % SLOTS] = malloc(2000 + i % 100);
        usleep(1000);
    }
    for (int i = 0; i < SLOTS; i++)
        free(slots[i]);
}

int main(int count, char **arguments)
{
    pthread_t thread;
    pid_t hogs[HOGS];
    struct sched_param priority = {.sched_priority = 50};
    turns = count > 1 ? atoi(arguments[1]) * 1000 : 1000;
    for (int i = 0; i < HOGS; i++)
        hogs[i] = start_hog();
    pthread_create(&thread, NULL, control, NULL);
    int refused = pthread_setschedparam(thread, SCHED_FIFO, &priority);
    allocate_until_done();
    pthread_join(thread, NULL);
    for (int i = 0; i < HOGS; i++)
        kill(hogs[i], SIGKILL);
    int policy = sched_getscheduler(0);
    if (policy != SCHED_OTHER)
        printf("the main thread was left with policy %d\n", policy);
    return refused ? 77 : policy != SCHED_OTHER;
}
