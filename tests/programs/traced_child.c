/* SPDX-License-Identifier: MIT */
/* A debugger sees no more of a recorded program than of any other: no new thread, no fork. */
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

NOINLINE static void lose_one(void)
{
    launder(malloc(77));
}

static void run_traced(void)
{
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    lose_one();
    SCRUB();
    exit(0);
}

/* Counts what the kernel tells of a process but its end. */
static int follow(pid_t child)
{
    int status, events = 0;
    long options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL;
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, child, NULL, options) != 0)
        return -1;
    while (ptrace(PTRACE_CONT, child, NULL, 0) == 0 && waitpid(child, &status, 0) == child &&
           WIFSTOPPED(status))
        events++;
    return events;
}

int main(void)
{
    pid_t child = fork();
    if (child == 0)
        run_traced();
    void *own = launder(malloc(10));
    int events = follow(child);
    free(own);
    return events;
}
