/* SPDX-License-Identifier: MIT */
/* Two blocks that keep each other alive, from two sites. */
#include <stdlib.h>
#include "program.h"

struct peer {
    char name[16];
    struct peer *other;
};

NOINLINE static struct peer *make_left(void)
{
    return launder(calloc(1, sizeof(struct peer)));
}

NOINLINE static struct peer *make_right(void)
{
    return launder(calloc(1, sizeof(struct peer) + 8));
}

NOINLINE static void lose_a_pair(void)
{
    struct peer *left = make_left();
    struct peer *right = make_right();
    left->other = right;
    right->other = left;
    launder(left);
}

int main(void)
{
    lose_a_pair();
    SCRUB();
    return 0;
}
