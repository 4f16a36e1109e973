/* SPDX-License-Identifier: MIT */
/* A program of any kind that is started by others: says so and leaks. */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    for (int i = 0; i < 5; i++) {
        volatile char *block = malloc(100);
        block[0] = 1;
    }
    puts("hi");
    return 0;
}
