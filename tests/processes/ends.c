/* SPDX-License-Identifier: MIT */
/*
 * ends HOW: a process with a million blocks returns 0 from main. While its last graph is written,
 *     signals    it gets SIGINT, which nobody handles, and SIGTERM, which a handler takes for _exit(7)
 *     thread     another of its threads calls _exit(8)
 *     killed     it dies of SIGTERM instead, and SIGINT comes after
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCKS = 1000000 };
static void **volatile blocks;

static void leave(int number)
{
    (void)number;
    _exit(7);
}

/* Whether that process has a child other than this one: the one that writes the graph. */
static int has_child(pid_t pid, pid_t self)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
    FILE *file = fopen(path, "r");
    int found = 0, child;
    while (file && fscanf(file, "%d", &child) == 1)
        found |= child != self;
    if (file)
        fclose(file);
    return found;
}

static void *leave_too(void *unused)
{
    while (!has_child(getpid(), 0))
        ;
    _exit(8);
    return unused;
}

static void send_late(pid_t parent, const char *how)
{
    while (!has_child(parent, getpid()))
        if (getppid() != parent)
            _exit(0);
    if (!strcmp(how, "signals"))
        kill(parent, SIGTERM);
    kill(parent, SIGINT);
    _exit(0);
}

int main(int count, char **arguments)
{
    const char *how = count > 1 ? arguments[1] : "";
    pid_t self = getpid();
    pthread_t thread;
    if (!strcmp(how, "thread"))
        pthread_create(&thread, NULL, leave_too, NULL);
    else if (fork() == 0)
        send_late(self, how);
    if (!strcmp(how, "signals"))
        signal(SIGTERM, leave);
    blocks = calloc(BLOCKS, sizeof *blocks);
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = malloc(64);
    if (!strcmp(how, "killed"))
        raise(SIGTERM);
    return 0;
}
