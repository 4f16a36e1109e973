/* SPDX-License-Identifier: MIT */
/* A doubly linked intrusive list whose head was lost: one cycle through interior pointers. */
#include <stdlib.h>
#include "program.h"

struct link {
    struct link *next, *previous;
};
struct item {
    char name[40];
    struct link link;
};

NOINLINE static struct item *make_item(void)
{
    struct item *item = launder(calloc(1, sizeof *item));
    item->link.next = item->link.previous = &item->link;
    return item;
}

NOINLINE static void lose_a_list(void)
{
    struct link *first = &make_item()->link;
    for (volatile int i = 1; i < 20; i++) {
        struct link *link = &make_item()->link;
        link->next = first;
        link->previous = first->previous;
        first->previous->next = link;
        first->previous = link;
    }
    launder(first);
}

int main(void)
{
    lose_a_list();
    SCRUB();
    return 0;
}
