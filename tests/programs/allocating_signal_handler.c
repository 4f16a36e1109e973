/* SPDX-License-Identifier: MIT */
/* Timer signals interrupt the recorder's hooks a thousand times; handlers allocate when they may. */
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include "program.h"

static volatile sig_atomic_t inside_malloc, handled;

static void on_timer(int number)
{
    handled += number == SIGALRM;
    if (!inside_malloc)
        free(launder(malloc(40)));
}

int main(void)
{
    struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
    struct itimerval every = {{0, 200}, {0, 200}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &every, NULL);
    while (handled < 1000) {
        inside_malloc = 1;
        for (volatile int i = 0; i < 1000; i++)
            free(launder(malloc(i)));
        inside_malloc = 0;
        for (volatile int i = 0; i < 20000; i++)
            ;
    }
    every.it_value.tv_usec = every.it_interval.tv_usec = 0;
    setitimer(ITIMER_REAL, &every, NULL);
    return 0;
}
