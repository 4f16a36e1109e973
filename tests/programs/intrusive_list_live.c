/* SPDX-License-Identifier: MIT */
/* An intrusive list points into the middle of its members: interior pointers keep blocks alive. */
#include <stdlib.h>
#include "program.h"

struct link {
    struct link *next, *previous;
};
struct item {
    char name[40];
    struct link link;
};

static struct link list = {&list, &list};

NOINLINE static void append(void)
{
    struct item *item = launder(calloc(1, sizeof *item));
    item->link.next = &list;
    item->link.previous = list.previous;
    list.previous->next = &item->link;
    list.previous = &item->link;
}

int main(void)
{
    for (volatile int i = 0; i < 20; i++)
        append();
    SCRUB();
    return 0;
}
