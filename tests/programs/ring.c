/* SPDX-License-Identifier: MIT */
/* A hundred blocks in a ring: one cycle of a hundred members, not a hundred cycles. */
#include <stdlib.h>
#include "program.h"

struct link {
    struct link *next;
    long value;
};

NOINLINE static struct link *make_link(struct link *next)
{
    struct link *link = launder(malloc(sizeof *link));
    link->next = next;
    link->value = 1;
    return link;
}

NOINLINE static void lose_a_ring(void)
{
    struct link *first = make_link(NULL), *last = first;
    for (volatile int i = 1; i < 100; i++)
        last = make_link(last);
    first->next = last;
    launder(first);
}

int main(void)
{
    lose_a_ring();
    SCRUB();
    return 0;
}
