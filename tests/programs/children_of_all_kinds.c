/* SPDX-License-Identifier: MIT */
/* vfork with exec, posix_spawn, system and popen: no fork handlers run there, nothing gets mixed up. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

extern char **environ;

static int wait_for(pid_t child)
{
    int status = 1;
    waitpid(child, &status, 0);
    return status;
}

static int run_by_vfork(void)
{
    pid_t child = vfork();
    if (child == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(127);
    }
    return wait_for(child);
}

static int run_by_posix_spawn(void)
{
    char name[] = "true", *arguments[] = {name, NULL};
    pid_t child;
    return posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environ) || wait_for(child);
}

static int run_by_popen(void)
{
    char line[32] = "";
    FILE *pipe = popen("echo hello", "r");
    int failed = !pipe || !fgets(line, sizeof line, pipe) || strcmp(line, "hello\n") != 0;
    return failed || pclose(pipe) != 0;
}

NOINLINE static void lose_a_block(void)
{
    launder(malloc(99));
}

int main(void)
{
    int failed = run_by_vfork() || run_by_posix_spawn() || run_by_popen();
    failed = failed || system("exit 3") != 3 << 8;
    lose_a_block();
    SCRUB();
    return failed;
}
