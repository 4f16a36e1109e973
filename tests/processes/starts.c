/* SPDX-License-Identifier: MIT */
/* starts HOW [PROGRAM]: starts another process in one of many ways and waits for it; leaks nothing itself. */
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char *program;

__attribute__((noinline)) static void lose(void)
{
    for (int i = 0; i < 5; i++) {
        void *volatile block = malloc(321);
        block = NULL;
        (void)block;
    }
}

/* Gives something up and works on. */
static void change_root(void)
{
    if (chroot("/proc/self/fdinfo") != 0 || chdir("/") != 0)
        _exit(77);
}

static void drop_rights(void)
{
    if (setgroups(0, NULL) != 0 || setresgid(65534, 65534, 65534) != 0 ||
        setresuid(65534, 65534, 65534) != 0)
        _exit(77);
}

static void use_up_descriptors(void)
{
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){64, 64});
    while (open("/dev/null", O_RDONLY) >= 0)
        continue;
}

static void limit_files(void)
{
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, 4096});
}

static void nothing(void)
{
}

/* Drops rights first and forks another time: the recorded process itself has nothing to hide. */
static void fork_again(void)
{
    void *block = malloc(10);
    free(block);
    drop_rights();
    pid_t worker = fork();
    if (worker > 0) {
        waitpid(worker, NULL, 0);
        _exit(0);
    }
}

static void wait_for(pid_t child)
{
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        exit(77);
}

static void fork_and(void (*change)(void))
{
    pid_t child = fork();
    if (child == 0) {
        change();
        lose();
        exit(0);
    }
    wait_for(child);
}

static void fork_exec(void)
{
    pid_t child = fork();
    if (child == 0) {
        execl(program, program, (char *)NULL);
        _exit(1);
    }
    wait_for(child);
}

static void vfork_exec(void)
{
    pid_t child = vfork();
    if (child == 0) {
        execl(program, program, (char *)NULL);
        _exit(1);
    }
    wait_for(child);
}

static void spawn_with(char **environment)
{
    pid_t child;
    char *arguments[] = {program, NULL};
    if (posix_spawn(&child, program, NULL, NULL, arguments, environment) == 0)
        wait_for(child);
}

/* The parent goes at once; the child works on for a while. */
static void leave_a_daemon(unsigned microseconds)
{
    if (fork() != 0)
        _exit(0);
    setsid();
    usleep(microseconds);
    lose();
    exit(0);
}

int main(int count, char **arguments)
{
    const char *how = count > 1 ? arguments[1] : "";
    program = count > 2 ? arguments[2] : "/bin/true";
    if (!strcmp(how, "chroot"))
        fork_and(change_root);
    else if (!strcmp(how, "setuid"))
        fork_and(drop_rights);
    else if (!strcmp(how, "setuid-and-fork"))
        fork_and(fork_again);
    else if (!strcmp(how, "descriptors"))
        fork_and(use_up_descriptors);
    else if (!strcmp(how, "limit"))
        fork_and(limit_files);
    else if (!strcmp(how, "fork"))
        fork_and(nothing);
    else if (!strcmp(how, "raw-clone")) {
        long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
        if (child == 0) {
            drop_rights();
            lose();
            exit(0);
        }
        wait_for((pid_t)child);
    } else if (!strcmp(how, "fork-exec"))
        fork_exec();
    else if (!strcmp(how, "vfork-exec"))
        vfork_exec();
    else if (!strcmp(how, "exec"))
        execl(program, program, (char *)NULL);
    else if (!strcmp(how, "failed-exec"))
        fork_exec(), execl("/no/such/program", "x", (char *)NULL);
    else if (!strcmp(how, "spawn"))
        spawn_with(environ);
    else if (!strcmp(how, "spawn-naked"))
        spawn_with((char *[]){NULL});
    else if (!strcmp(how, "system-naked")) {
        unsetenv("LD_PRELOAD");
        if (system("true") != 0)
            return 1;
    } else if (!strcmp(how, "setuid-exec")) {
        drop_rights();
        execl(program, program, (char *)NULL);
    } else if (!strcmp(how, "chroot-itself")) {
        lose();
        change_root();
    } else if (!strcmp(how, "daemon"))
        leave_a_daemon(300000);
    else if (!strcmp(how, "long-daemon"))
        leave_a_daemon(20000000);
    return 0;
}
