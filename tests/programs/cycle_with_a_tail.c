/* SPDX-License-Identifier: MIT */
/* What hangs on a cycle is no member of it: two members, and a tail of two indirect blocks. */
#include <stdlib.h>
#include "program.h"

struct node {
    struct node *peer, *tail;
};

NOINLINE static struct node *make_member(void)
{
    return launder(calloc(1, sizeof(struct node)));
}

NOINLINE static struct node *make_tail(struct node *tail)
{
    struct node *node = launder(calloc(1, 1000));
    node->tail = tail;
    return node;
}

NOINLINE static void lose_it_all(void)
{
    struct node *one = make_member(), *other = make_member();
    one->peer = other;
    other->peer = one;
    other->tail = make_tail(make_tail(NULL));
    launder(one);
}

int main(void)
{
    lose_it_all();
    SCRUB();
    return 0;
}
