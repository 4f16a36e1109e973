/* SPDX-License-Identifier: MIT */
/* A list that a global holds is no leak at exit, however long. */
#include <stdlib.h>
#include "program.h"

struct node {
    struct node *next;
    char payload[24];
};

static struct node *list;

NOINLINE static void prepend(void)
{
    struct node *node = launder(calloc(1, sizeof *node));
    node->next = list;
    list = node;
}

int main(void)
{
    for (volatile int i = 0; i < 5000; i++)
        prepend();
    SCRUB();
    return 0;
}
