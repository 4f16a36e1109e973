/* SPDX-License-Identifier: MIT */
/* A program that limits its own memory is judged like any other: the limit is not for those who look. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include "program.h"

static void limit_to_what_is_used(size_t more_bytes)
{
    long pages = 0;
    struct rlimit limit;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld", &pages) != 1 || getrlimit(RLIMIT_AS, &limit) != 0)
        exit(2);
    fclose(file);
    limit.rlim_cur = (size_t)pages * 4096 + more_bytes;
    if (setrlimit(RLIMIT_AS, &limit) != 0)
        exit(2);
}

NOINLINE static void lose_one(void)
{
    launder(malloc(123));
}

int main(void)
{
    limit_to_what_is_used(45 << 20);
    lose_one();
    SCRUB();
    return 0;
}
