/* SPDX-License-Identifier: MIT */
/* Functions whose last call an optimising compiler makes a jump: they are not on the stack. */
#include "tests/programs/program.h"
#include <stdlib.h>
#include <string.h>

struct node {
    struct node *next;
    char text[40];
};
static void *volatile sink;
void *make_elsewhere(size_t bytes); /* the other file of the program */

static void lose(void *block)
{
    sink = block;
    sink = NULL;
}

__attribute__((noinline)) void *make(size_t bytes)
{
    return malloc(bytes);
}

__attribute__((noinline)) void *make_twice(size_t bytes)
{
    return make(2 * bytes);
}

/* Several ways out: the function is known, the line is not. */
__attribute__((noinline)) void *make_either(size_t bytes)
{
    if (bytes > 100)
        return malloc(bytes);
    return bytes > 10 ? calloc(bytes, 2) : make(bytes);
}

/* A clone for the constant argument, and the store of a zero goes. */
static __attribute__((noinline)) struct node *make_node(size_t more, struct node *next)
{
    struct node *node = calloc(1, sizeof *node + more);
    node->next = next;
    return node;
}

__attribute__((noinline)) char *copy(const char *text)
{
    return strdup(text);
}

__attribute__((noinline)) void lose_all(size_t bytes)
{
    lose(make(bytes));
    lose(make_twice(bytes));
    lose(make_either(200 * bytes));
    lose(make_node(bytes, NULL));
    lose(copy("a text"));
    lose(make_elsewhere(bytes));
}

int main(int count, char **arguments)
{
    (void)arguments;
    for (int i = 0; i < 3; i++)
        lose_all((size_t)count + 2);
    SCRUB();
    return 0;
}
