/* SPDX-License-Identifier: MIT */
/* A lost chain that ends in a cycle: head direct, middle indirect, and the cycle is a cycle. */
#include <stdlib.h>
#include "program.h"

struct node {
    struct node *next;
    char payload[8];
};

NOINLINE static struct node *make_head(void)
{
    return launder(calloc(1, sizeof(struct node)));
}

NOINLINE static struct node *make_middle(void)
{
    return launder(calloc(1, sizeof(struct node)));
}

NOINLINE static struct node *make_member(void)
{
    return launder(calloc(1, sizeof(struct node)));
}

NOINLINE static void lose_it_all(void)
{
    struct node *head = make_head();
    head->next = make_middle();
    head->next->next = make_member();
    head->next->next->next = make_member();
    head->next->next->next->next = head->next->next;
    launder(head);
}

int main(void)
{
    lose_it_all();
    SCRUB();
    return 0;
}
