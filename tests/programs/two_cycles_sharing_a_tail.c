/* SPDX-License-Identifier: MIT */
/* Two equal cycles that hold one block together: one group of two cycles, which retains it. */
#include <stdlib.h>
#include "program.h"

struct node {
    struct node *peer, *tail;
};

NOINLINE static struct node *make_node(struct node *tail)
{
    struct node *node = launder(calloc(1, sizeof *node));
    node->tail = tail;
    return node;
}

NOINLINE static void *make_tail(void)
{
    return launder(calloc(1, 200));
}

NOINLINE static void lose_two_cycles(void)
{
    struct node *tail = make_tail();
    for (volatile int i = 0; i < 2; i++) {
        struct node *one = make_node(tail), *other = make_node(NULL);
        one->peer = other;
        other->peer = one;
        launder(one);
    }
}

int main(void)
{
    lose_two_cycles();
    SCRUB();
    return 0;
}
