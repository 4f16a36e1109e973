/* SPDX-License-Identifier: MIT */
/* Like a node: runs until it gets SIGINT, then ends with status 0. `leak` loses a block for each count. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t is_over;

static void end(int number)
{
    (void)number;
    is_over = 1;
}

static __attribute__((noinline)) void talk(int count)
{
    void *volatile message = NULL;
    for (int i = 0; i < count; i++)
        message = malloc(100);
    message = NULL;
}

int main(int count, char **arguments)
{
    sigset_t interrupt, before;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    sigprocmask(SIG_BLOCK, &interrupt, &before);
    signal(SIGINT, end);
    if (count > 2 && strcmp(arguments[1], "leak") == 0)
        talk(atoi(arguments[2]));
    puts("[INFO] [talker]: Publishing: 'Hello World: 1'");
    fflush(stdout);
    while (!is_over)
        sigsuspend(&before);
    return 0;
}
