/* SPDX-License-Identifier: MIT */
#include "report/record/group_witness.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The kernel signals the members of a group one after another, and a busy machine takes its time.
 */
enum { PATIENCE_NS = 10 * 1000 * 1000, ANSWER_MS = 5000 };

/* Takes the pending signal away: the next question is about the next one. */
static unsigned char has_come(int signal_number)
{
    const struct timespec patience = {0, PATIENCE_NS};
    sigset_t wanted;

    sigemptyset(&wanted);
    sigaddset(&wanted, signal_number);
    return sigtimedwait(&wanted, NULL, &patience) == signal_number;
}

/* Never returns. Blocks all that can be blocked; SIGKILL to the group ends it, too. */
static void witness(int channel)
{
    sigset_t all;
    unsigned char question, answer;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (read(channel, &question, 1) == 1) {
        answer = has_come(question);
        if (write(channel, &answer, 1) != 1)
            break;
    }
    _exit(0);
}

/*
 * Our descriptors are the program's, too: a pipe that the witness held open would never see its
 * end.
 */
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

    *started = (struct group_witness){.pid = -1, .channel = -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return;
    started->pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (started->pid == 0) {
        keep_only(ends[1]);
        witness(ends[1]);
    }
    close(ends[1]);
    started->channel = ends[0];
}

void group_witness_stop(struct group_witness *started)
{
    if (started->pid > 0) {
        kill(started->pid, SIGKILL);
        waitpid(started->pid, NULL, 0);
    }
    if (started->channel >= 0)
        close(started->channel);
    *started = (struct group_witness){.pid = -1, .channel = -1};
}

bool group_witness_saw(struct group_witness *started, int signal_number)
{
    struct pollfd channel = {.fd = started->channel, .events = POLLIN};
    unsigned char question = (unsigned char)signal_number, answer;

    if (started->pid > 0 && write(started->channel, &question, 1) == 1 &&
        poll(&channel, 1, ANSWER_MS) > 0 && read(started->channel, &answer, 1) == 1)
        return answer;
    group_witness_stop(started); /* a late answer would pass for that to the next question */
    return false;
}
