/* SPDX-License-Identifier: MIT */
/* The same tree held by a global: alive. */
#include <stdlib.h>
#include "program.h"

struct node {
    struct node *parent, *left, *right;
};

static struct node *volatile kept;

NOINLINE static struct node *make_tree(struct node *parent, int depth)
{
    struct node *node = launder(calloc(1, sizeof *node));
    node->parent = parent;
    if (depth > 1) {
        node->left = make_tree(node, depth - 1);
        node->right = make_tree(node, depth - 1);
    }
    return node;
}

NOINLINE static void plant(void)
{
    struct node *root = make_tree(NULL, 5);
    kept = root;
}

int main(void)
{
    plant();
    SCRUB();
    return 0;
}
