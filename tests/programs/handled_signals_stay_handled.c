/* SPDX-License-Identifier: MIT */
/* A program's own handlers, ignored and default signals are as it set them, and it sees them so. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "program.h"

static volatile int handled;

static void on_signal(int number)
{
    handled += number == SIGTERM || number == SIGSEGV;
}

int main(void)
{
    struct sigaction seen, own = {.sa_handler = on_signal};
    int wrong = 0;
    static const int fatal[] = {SIGSEGV, SIGTERM, SIGINT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGHUP};
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        wrong += sigaction(fatal[i], NULL, &seen) || seen.sa_handler != SIG_DFL;
    wrong += sigaction(SIGTERM, &own, &seen) || seen.sa_handler != SIG_DFL;
    wrong += sigaction(SIGTERM, NULL, &seen) || seen.sa_handler != on_signal;
    wrong += signal(SIGSEGV, on_signal) != SIG_DFL;
    raise(SIGTERM);
    raise(SIGSEGV);
    wrong += signal(SIGSEGV, SIG_IGN) != on_signal;
    raise(SIGSEGV);
    return wrong + (handled != 2);
}
