/* SPDX-License-Identifier: MIT */
/* deep DEPTH: recursion to that depth that allocates on the way down, at the end and on the way up. */
#include <stdio.h>
#include <stdlib.h>

static __attribute__((noinline)) void allocate(void)
{
    void *volatile block = malloc(10);
    free(block);
}

static __attribute__((noinline)) int descend(int depth)
{
    if (depth % 500 == 0)
        allocate();
    int result = depth > 0 ? descend(depth - 1) : 0;
    if (depth % 700 == 0)
        allocate();
    return result + 1;
}

int main(int argc, char **argv)
{
    printf("%d\n", descend(argc > 1 ? atoi(argv[1]) : 10000));
}
