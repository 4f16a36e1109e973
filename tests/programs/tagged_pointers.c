/* SPDX-License-Identifier: MIT */
/*
 * Pointers with a count in the 16 bits that addresses do not use, or with flags in the lower 4, are
 * pointers all the same: what they lead to is reached, and a cycle of them is a cycle.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include "program.h"

struct node {
    uintptr_t next;
    long hook[2];
    char value[100];
};

static _Atomic uintptr_t counted, flagged, inside, both, wrapped;
static uintptr_t doubles[64];

static uintptr_t tag(void *pointer, uintptr_t count, uintptr_t flags)
{
    return (uintptr_t)launder(pointer) | count << 48 | flags;
}

/* A list as lock-free queues have it. */
NOINLINE static void fill(void)
{
    struct node *first = calloc(1, sizeof *first), *second = calloc(1, sizeof *second);
    first->next = tag(second, 0x1234, 0);
    second->next = tag(malloc(101), 1, 1);
    atomic_store(&counted, tag(first, 7, 0));
    atomic_store(&flagged, tag(malloc(8), 0, 15)); /* its flags point behind it */
    struct node *hooked = calloc(1, sizeof *hooked);
    atomic_store(&inside, tag(&hooked->hook[1], 3, 0));
    atomic_store(&both, tag(malloc(16), 0x8000, 9));
    atomic_store(&wrapped, tag(malloc(102), 0xffff, 0));
}

/* No pointer: its upper bits are set, and it leads to the middle of a word. */
NOINLINE static void lose_behind_a_number(void)
{
    doubles[5] = tag((char *)malloc(300) + 43, 0x4059, 0);
}

NOINLINE static struct node *make_node(void)
{
    return calloc(1, sizeof(struct node));
}

NOINLINE static void lose_a_cycle(void)
{
    struct node *one = make_node(), *other = make_node();
    one->next = tag(other, 42, 0);
    other->next = tag(one, 43, 1);
    launder(one);
}

int main(void)
{
    fill();
    lose_behind_a_number();
    lose_a_cycle();
    SCRUB();
    return doubles[6] != 0;
}
