/* SPDX-License-Identifier: MIT */
/* Blocks that live for moments and for 50 ms, small and large, and a peak between two sleeps. */
#include <stdlib.h>
#include <unistd.h>
#include "program.h"

enum { BRIEF = 100, LASTING = 20, SLEEP_US = 50000 };

NOINLINE static void *make_brief(size_t size_bytes)
{
    return launder(malloc(size_bytes));
}

NOINLINE static void *make_lasting(size_t size_bytes)
{
    return launder(malloc(size_bytes));
}

NOINLINE static void *make_few_lasting(void)
{
    return launder(malloc(24));
}

NOINLINE static void *make_peak(void)
{
    return launder(malloc(10000000));
}

int main(void)
{
    void *lasting[LASTING];
    for (int i = 0; i < LASTING; i++)
        lasting[i] = make_lasting(i % 2 ? 16 : 1600);
    void *few[] = {make_few_lasting(), make_few_lasting()};
    usleep(SLEEP_US);
    for (int i = 0; i < LASTING; i++)
        free(lasting[i]);
    free(few[0]);
    free(few[1]);
    free(make_peak());
    for (int i = 0; i < BRIEF; i++)
        free(make_brief(i % 2 ? 16 : 1600));
    usleep(2 * SLEEP_US);
    return 0;
}
