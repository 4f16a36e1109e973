/* SPDX-License-Identifier: MIT */
/* Equal cycles are grouped, different ones are not: three of two members and one of three. */
#include <stdlib.h>
#include "program.h"

struct node {
    struct node *next;
    char payload[56];
};

NOINLINE static struct node *make_node(void)
{
    return launder(calloc(1, sizeof(struct node)));
}

NOINLINE static void lose_pair(void)
{
    struct node *first = make_node();
    first->next = make_node();
    first->next->next = first;
    launder(first);
}

NOINLINE static void lose_triangle(void)
{
    struct node *first = make_node();
    first->next = make_node();
    first->next->next = make_node();
    first->next->next->next = first;
    launder(first);
}

int main(void)
{
    for (volatile int i = 0; i < 3; i++)
        lose_pair();
    lose_triangle();
    SCRUB();
    return 0;
}
