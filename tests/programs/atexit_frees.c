/* SPDX-License-Identifier: MIT */
/* Freed by an atexit handler and by a destructor function, found by no search before: no leak. */
#include <stdlib.h>
#include "program.h"

static uintptr_t for_handler, for_destructor;

static void handler(void)
{
    free(unhide(for_handler));
}

__attribute__((destructor)) static void destructor(void)
{
    free(unhide(for_destructor));
}

NOINLINE static void allocate(void)
{
    for_handler = hide(malloc(100));
    for_destructor = hide(malloc(200));
}

int main(void)
{
    atexit(handler);
    allocate();
    SCRUB();
    return 0;
}
