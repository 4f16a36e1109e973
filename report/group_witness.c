/* SPDX-License-Identifier: MIT */
#include "report/group_witness.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 20 };

/* Never returns. Everything is blocked but what cannot be; SIGKILL to the group ends it, too. */
static void witness(int reports)
{
    sigset_t all;
    siginfo_t info;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        unsigned char byte = (unsigned char)(sigwaitinfo(&all, &info) > 0 ? info.si_signo : 0);

        if (write(reports, &byte, 1) != 1)
            _exit(0);
    }
}

/* Our descriptors are the program's, too: a pipe that the witness held open would never end. */
static void keep_only(int descriptor)
{
    if (descriptor > 0)
        close_range(0, (unsigned)descriptor - 1, 0);
    close_range((unsigned)descriptor + 1, ~0u, 0);
}

/* clone, not fork(): when we are recorded ourselves (a nested session), fork() would record the witness. */
void group_witness_start(struct group_witness *started)
{
    int ends[2];

    *started = (struct group_witness){.pid = -1, .reports = -1};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return;
    started->pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (started->pid == 0) {
        keep_only(ends[1]);
        witness(ends[1]);
    }
    close(ends[1]);
    started->reports = ends[0];
}

static long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool group_witness_saw(struct group_witness *started, int signal_number)
{
    struct pollfd reports = {.fd = started->reports, .events = POLLIN};
    long deadline_ms = now_ms() + PATIENCE_MS;
    unsigned char byte;

    for (long left_ms = PATIENCE_MS; started->pid > 0 && left_ms >= 0; left_ms = deadline_ms - now_ms()) {
        if (poll(&reports, 1, (int)left_ms) <= 0 || read(started->reports, &byte, 1) != 1)
            return false;
        if (byte == signal_number)
            return true;
    }
    return false;
}

void group_witness_stop(struct group_witness *started)
{
    if (started->pid > 0) {
        kill(started->pid, SIGKILL);
        waitpid(started->pid, NULL, 0);
    }
    if (started->reports >= 0)
        close(started->reports);
    *started = (struct group_witness){.pid = -1, .reports = -1};
}
