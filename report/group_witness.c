/* SPDX-License-Identifier: MIT */
#include "report/group_witness.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 10, MAX_TRIES = 200 };

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

/* clone, not fork(): when we are recorded ourselves (a nested session), fork() would record the
 * witness. */
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

/* The witness has the signal, but no processor yet: the busy machine must not make us forward it.
 */
static bool is_pending(pid_t pid, int signal_number)
{
    unsigned long long pending = 0;
    char path[64], line[128];
    FILE *status;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    status = fopen(path, "re");
    while (status && fgets(line, sizeof(line), status))
        if (sscanf(line, "ShdPnd: %llx", &pending) == 1)
            break;
    if (status)
        fclose(status);
    return pending >> (signal_number - 1) & 1;
}

/* Reads reports until the one of this signal, or until there is none for a moment. */
static bool reports(const struct group_witness *witness, int signal_number)
{
    struct pollfd pipe = {.fd = witness->reports, .events = POLLIN};
    unsigned char byte;

    while (poll(&pipe, 1, PATIENCE_MS) > 0 && read(witness->reports, &byte, 1) == 1)
        if (byte == signal_number)
            return true;
    return false;
}

bool group_witness_saw(struct group_witness *started, int signal_number)
{
    if (started->pid <= 0)
        return false;
    for (int tries = 0; tries < MAX_TRIES; tries++) {
        if (reports(started, signal_number))
            return true;
        if (tries > 0 && !is_pending(started->pid, signal_number))
            return false;
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
