/* SPDX-License-Identifier: MIT */
/* A cycle that a global leads to is alive: cycles are no leaks by themselves. */
#include <stdlib.h>
#include "program.h"

struct node {
    struct node *peer;
    char payload[40];
};

static struct node *volatile held;

NOINLINE static void make_pair(void)
{
    held = launder(calloc(1, sizeof *held));
    held->peer = launder(calloc(1, sizeof *held));
    held->peer->peer = held;
}

int main(void)
{
    make_pair();
    SCRUB();
    return 0;
}
