/* SPDX-License-Identifier: MIT */
/* Built without debug info: only names tell of load_map. */
#include <stdlib.h>

void plugin_step(void);

__attribute__((noinline)) static void load_map(void)
{
    void *volatile map = malloc(1000);
    (void)map;
}

__attribute__((noinline)) void plugin_step(void)
{
    load_map();
    __asm__ volatile("");
}
