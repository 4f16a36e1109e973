/* SPDX-License-Identifier: MIT */
/* A lost list without a cycle: its head is a direct leak, what only the head leads to is indirect. */
#include <stdlib.h>
#include "program.h"

struct node {
    struct node *next;
    char payload[24];
};

NOINLINE static struct node *make_node(struct node *next)
{
    struct node *node = launder(malloc(sizeof *node));
    node->next = next;
    return node;
}

NOINLINE static void lose_a_list(void)
{
    struct node *head = NULL;
    for (volatile int i = 0; i < 5; i++)
        head = make_node(head);
    launder(head);
}

int main(void)
{
    lose_a_list();
    SCRUB();
    return 0;
}
