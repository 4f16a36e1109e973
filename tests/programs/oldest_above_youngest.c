/* SPDX-License-Identifier: MIT */
/* Cycles whose oldest block lies above the youngest: a child got the memory of a block freed before
   it. The pointer back to the parent is the one to weaken, in large blocks and in the smallest. */
#include <stdlib.h>
#include <unistd.h>
#include "program.h"

struct node {
    void *unused;
    struct node *other;
};

NOINLINE static struct node *make_parent(size_t size_bytes)
{
    return launder(calloc(1, size_bytes));
}

/* malloc, unlike calloc, takes the block that was freed last. */
NOINLINE static struct node *make_child(size_t size_bytes)
{
    return launder(malloc(size_bytes));
}

NOINLINE static void lose_a_pair(size_t parent_bytes, size_t child_bytes)
{
    struct node *below = make_child(child_bytes);
    struct node *parent = make_parent(parent_bytes);
    free(below);
    usleep(2000);
    struct node *child = make_child(child_bytes);
    parent->other = child;
    child->unused = NULL;
    child->other = parent;
    launder(parent);
}

int main(void)
{
    lose_a_pair(1000, 800);
    lose_a_pair(16, 24);
    lose_a_pair(24, 300);
    SCRUB();
    return 0;
}
