/* SPDX-License-Identifier: MIT */
/* COUNT call stacks (default 200,000), each of which allocates once and keeps the block: the way through two
 * functions that call one another is the number of the stack in binary. */
#include <stdlib.h>

enum { LEVELS = 18 };
static void **kept;
static unsigned kept_count;

static void left(unsigned number, unsigned level);
static void right(unsigned number, unsigned level);

static void go_on(unsigned number, unsigned level)
{
    if (level == LEVELS)
        kept[kept_count++] = malloc(16 + number % 1000);
    else if (number >> (LEVELS - 1 - level) & 1)
        right(number, level + 1);
    else
        left(number, level + 1);
}

static void left(unsigned number, unsigned level)
{
    go_on(number, level);
}

static void right(unsigned number, unsigned level)
{
    go_on(number, level);
}

int main(int argc, char **argv)
{
    unsigned count = argc > 1 ? (unsigned)atoi(argv[1]) : 200000;

    kept = calloc(count, sizeof(*kept));
    if (!kept)
        return 1;
    for (unsigned number = 0; number < count; number++)
        left(number, 0);
    return 0;
}
