/* SPDX-License-Identifier: MIT */
/* Two cycles of unlike nodes that hold one block together: neither retains it, both are told to share it. */
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
        if (i) /* a third one makes it another shape */
            (other->peer = make_node(NULL))->peer = one;
        launder(one);
    }
}

int main(void)
{
    lose_two_cycles();
    SCRUB();
    return 0;
}
