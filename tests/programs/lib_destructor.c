/* SPDX-License-Identifier: MIT */
/* For library_destructor_frees: frees in a destructor that runs after the recorder's own. */
#include <stdlib.h>
#include "program.h"

static uintptr_t hidden;

__attribute__((destructor)) static void destructor(void)
{
    if (hidden)
        free(unhide(hidden));
}

void library_keep(size_t size);
void library_keep(size_t size)
{
    hidden = hide(malloc(size));
}
