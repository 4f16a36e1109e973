/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PROGRAMS_OWN_MAPPINGS_H
#define TESTS_PROGRAMS_OWN_MAPPINGS_H

/* Memory that a program maps itself lies beside that of its allocator, which refers to freed blocks and to blocks
   that are lost; only the program's holds what it points to. */

#include <stdlib.h>
#include <sys/mman.h>
#include "program.h"

NOINLINE static void use_many_sizes(void)
{
    for (volatile int i = 0; i < 5000; i++)
        free(launder(malloc(i)));
}

enum { MAPPINGS = 20, MAPPING_BYTES = 65536 };
static uintptr_t hidden_mappings[MAPPINGS];

NOINLINE static void hold_by_mappings(void)
{
    for (int i = 0; i < MAPPINGS; i++) {
        void **slots = mmap(NULL, MAPPING_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (slots == MAP_FAILED)
            exit(1);
        slots[1234] = launder(calloc(1, 100));
        free(launder(malloc(300000)));
        hidden_mappings[i] = hide(slots);
    }
}

/* One of the mappings moves and grows, one shrinks, one goes and loses what it held. */
NOINLINE static void change_mappings(void)
{
    void *moved = mremap(unhide(hidden_mappings[3]), MAPPING_BYTES, 10 * MAPPING_BYTES, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED)
        exit(1);
    hidden_mappings[3] = hide(moved);
    munmap((char *)unhide(hidden_mappings[4]) + MAPPING_BYTES / 2, MAPPING_BYTES / 2);
    munmap(unhide(hidden_mappings[5]), MAPPING_BYTES);
}

#endif
