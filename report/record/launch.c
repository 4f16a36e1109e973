/* SPDX-License-Identifier: MIT */
#include "report/record/launch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <limits.h>

#include "report/record/group_witness.h"

#define SHIM_NAME "libleakgraph.so"

char *launch_find_shim(struct error *error)
{
    static const char *const places[] = {SHIM_NAME, "../lib/leakgraph/" SHIM_NAME};
    char self[PATH_MAX], path[PATH_MAX + 64], *shim;
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (length <= 0)
        return error_set(error, "/proc/self/exe: %s", strerror(errno)), NULL;
    self[length] = 0;
    *strrchr(self, '/') = 0;
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", self, places[i]);
        shim = realpath(path, NULL);
        if (shim)
            return shim;
    }
    return error_set(error, SHIM_NAME " is neither in %s nor in %s/../lib/leakgraph", self, self),
           NULL;
}

/* It is there already inside a recorded session. */
static bool lists(const char *preload, const char *shim)
{
    size_t length = strlen(shim);

    for (const char *entry = preload; *entry; entry += strspn(entry, ": ")) {
        size_t entry_length = strcspn(entry, ": ");

        if (entry_length == length && memcmp(entry, shim, length) == 0)
            return true;
        entry += entry_length;
    }
    return false;
}

bool launch_environment(const char *shim, const char *session_path, struct error *error)
{
    const char *preload = getenv("LD_PRELOAD");
    char *value = NULL;
    bool done;

    if (strpbrk(shim, ": "))
        return error_set(error, "%s: LD_PRELOAD cannot hold a path with a space or a colon", shim);
    if (!preload || !lists(preload, shim)) {
        if (asprintf(&value, "%s%s%s", shim, preload && *preload ? ":" : "",
                     preload ? preload : "") < 0)
            return error_set(error, "out of memory");
        done = setenv("LD_PRELOAD", value, 1) == 0;
        free(value);
        if (!done)
            return error_set(error, "out of memory");
    }
    return setenv("LEAKGRAPH_OUT", session_path, 1) == 0 || error_set(error, "out of memory");
}

/*
 * Signals sent to a wrapper are meant for the program. SIGPIPE is blocked so that our last messages
 * cannot kill us.
 */
static const int forwarded_signals[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,
                                        SIGUSR1, SIGUSR2, SIGALRM, SIGCONT};

static void fill_signals(sigset_t *signals)
{
    sigemptyset(signals);
    for (unsigned i = 0; i < sizeof(forwarded_signals) / sizeof(forwarded_signals[0]); i++)
        sigaddset(signals, forwarded_signals[i]);
    sigaddset(signals, SIGCHLD);
    sigaddset(signals, SIGPIPE);
}

/*
 * vfork(), so that a `record` that is recorded itself (a nested session) leaves no recording of a
 * forked copy of itself. The child only restores the signals and execs.
 */
static pid_t start(char **argv, const sigset_t *original_mask,
                   const struct sigaction *original_sigchld)
{
    volatile int exec_error = 0;
    pid_t pid = vfork();

    if (pid == 0) {
        sigaction(SIGCHLD, original_sigchld, NULL);
        sigprocmask(SIG_SETMASK, original_mask, NULL);
        execvp(argv[0], argv);
        exec_error = errno;
        _exit(EXIT_FAILURE);
    }
    if (pid > 0 && exec_error) {
        waitpid(pid, NULL, 0);
        errno = exec_error;
        return -1;
    }
    return pid;
}

/*
 * Signals from the terminal go to the whole group, and a supervisor may do the same. The program
 * then has the signal already, and a second one could hurt (Python's second SIGINT).
 */
static bool program_has_it(const siginfo_t *info, pid_t program, struct group_witness *witness)
{
    if (getpgid(program) != getpgrp())
        return false;
    return info->si_code == SI_KERNEL || group_witness_saw(witness, info->si_signo);
}

/* SIGCHLDs merge, so one only means "look" */
static void wait_for_end(struct launched *launched, const sigset_t *signals,
                         struct group_witness *witness)
{
    siginfo_t info;

    for (;;) {
        pid_t ended = waitpid(launched->pid, &launched->wait_status, WNOHANG);

        if (ended == launched->pid || (ended < 0 && errno != EINTR))
            return;
        if (sigwaitinfo(signals, &info) < 0 || info.si_signo == SIGCHLD || info.si_signo == SIGPIPE)
            continue;
        if (!program_has_it(&info, launched->pid, witness))
            kill(launched->pid, info.si_signo);
    }
}

/* Signals that came while the program ended were meant for it; those from now on are meant for us.
 */
static void forget_pending(const sigset_t *signals)
{
    const struct timespec at_once = {0};

    while (sigtimedwait(signals, NULL, &at_once) > 0)
        continue;
}

bool launch_was_interrupted(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) ||
            sigismember(&pending, SIGHUP));
}

bool launch_run(struct launched *launched, char **argv)
{
    struct group_witness witness;
    struct sigaction original_sigchld, by_default = {.sa_handler = SIG_DFL};
    sigset_t signals, original_mask;
    int error_number;
    bool started;

    *launched = (struct launched){0};
    sigaction(SIGCHLD, &by_default,
              &original_sigchld); /* if it were ignored, no status would be left for us */
    fill_signals(&signals);
    sigprocmask(SIG_BLOCK, &signals, &original_mask);
    group_witness_start(&witness);
    launched->pid = start(argv, &original_mask, &original_sigchld);
    error_number = errno;
    started = launched->pid > 0;
    if (started)
        wait_for_end(launched, &signals, &witness);
    group_witness_stop(&witness);
    forget_pending(&signals);
    errno = error_number;
    return started;
}
