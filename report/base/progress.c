/* SPDX-License-Identifier: MIT */
#include "report/base/progress.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char line[512];
static volatile sig_atomic_t is_shown;

static void show(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* nobody is reading */
}

static void on_alarm(int number)
{
    int error_number = errno;

    (void)number;
    show(line);
    is_shown = true;
    errno = error_number;
}

void progress_start(const char *doing, const char *what)
{
    const struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};

    if (!isatty(STDERR_FILENO))
        return;
    snprintf(line, sizeof(line), "leakgraph: %s %s ...", doing, what);
    sigaction(SIGALRM, &action, NULL);
    alarm(1);
}

void progress_stop(void)
{
    alarm(0);
    if (is_shown)
        show("\r\033[K");
    is_shown = false;
}
