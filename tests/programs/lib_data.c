/* SPDX-License-Identifier: MIT */
/* For dlopened_data: a library's own data hold a block. */
#include <stdlib.h>
#include "program.h"

static void *volatile kept;

void library_keep(size_t size);
void library_keep(size_t size)
{
    kept = launder(malloc(size));
}
