/* SPDX-License-Identifier: MIT */
/* For deep_bound_library: reaches free by a call, by a slot that is read-only afterwards, and by a
 * pointer. */
#include <stdlib.h>
#include "program.h"

void library_release(void *called, void *by_slot, void *by_pointer);
void library_lose(void);

static void (*in_data)(void *) = free;

NOINLINE void library_release(void *called, void *by_slot, void *by_pointer)
{
    void (*volatile in_slot)(void *) = free;
    free(called);
    in_slot(by_slot);
    ((void (*)(void *))launder((void *)in_data))(by_pointer);
}

NOINLINE void library_lose(void)
{
    launder(realloc(malloc(70), 777));
}
