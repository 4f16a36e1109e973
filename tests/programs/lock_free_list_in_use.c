/* SPDX-License-Identifier: MIT */
/* A free list as boost::lockfree and many allocators have it: its head and each link count in the upper 16 bits how
 * often they changed. All of its nodes are in use. */
#include <stdatomic.h>
#include <stdlib.h>
#include "program.h"

struct node {
    uint64_t next; /* a count << 48 | a pointer */
    void *payload;
};

static _Atomic uint64_t head;

static uint64_t counted(struct node *node, uint64_t before)
{
    return (uint64_t)(uintptr_t)node | ((before >> 48) + 1) << 48;
}

NOINLINE static void push(void)
{
    struct node *node = malloc(sizeof *node);
    uint64_t before = atomic_load(&head);
    node->payload = malloc(100);
    do
        node->next = before;
    while (!atomic_compare_exchange_weak(&head, &before, counted(node, before)));
}

int main(void)
{
    for (int i = 0; i < 50; i++)
        push();
    SCRUB();
    return 0;
}
