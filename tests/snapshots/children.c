/* SPDX-License-Identifier: MIT */
/*
 * children: has children of its own and waits for any child, in every way there is, while a thread takes snapshots.
 * Only its own children may be seen. Prints what was wrong and ends with 1 then.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload/leakgraph.h"

enum { CHILDREN = 20, SNAPSHOTS_EACH = 3 };

static atomic_int taken, is_over, signals;

static void on_child(int number)
{
    (void)number;
    signals++;
}

static void *take_snapshots(void *unused)
{
    while (!is_over)
        taken += leakgraph_snapshot("beside children") > 0;
    return unused;
}

static pid_t wait_any(int way)
{
    siginfo_t info = {0};
    int status;
    switch (way % 3) {
    case 0:
        return waitpid(-1, &status, __WALL);
    case 1:
        return wait(&status);
    default:
        return waitid(P_ALL, 0, &info, WEXITED | __WALL) == 0 ? info.si_pid : -1;
    }
}

/* Some snapshots go by between two children: nobody who has ended is there. */
static int nobody_is_there(void)
{
    int before = taken, wrong = 0, status;
    while (taken - before < SNAPSHOTS_EACH && !wrong)
        wrong = waitpid(-1, &status, WNOHANG | __WALL) > 0;
    return !wrong;
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
    pthread_t thread;
    int wrong = 0;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigaction(SIGCHLD, &action, NULL);
    pthread_create(&thread, NULL, take_snapshots, NULL);
    for (int i = 0; i < CHILDREN; i++) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        pid_t seen = wait_any(i);
        if (seen != child || !nobody_is_there()) {
            printf("child %d: waited for %d, or for somebody else after it\n", child, seen);
            wrong = 1;
        }
    }
    is_over = 1;
    pthread_join(thread, NULL);
    if (signals != CHILDREN)
        printf("%d signals of %d children\n", signals, CHILDREN);
    return wrong || signals != CHILDREN;
}
