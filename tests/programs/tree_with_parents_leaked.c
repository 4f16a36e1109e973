/* SPDX-License-Identifier: MIT */
/* A lost tree whose children know their parents is one cycle. */
#include <stdlib.h>
#include "program.h"

struct node {
    struct node *parent, *left, *right;
};

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
    launder(root);
}

int main(void)
{
    plant();
    SCRUB();
    return 0;
}
