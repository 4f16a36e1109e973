/* SPDX-License-Identifier: MIT */
/* For tls_of_library: thread-local storage that the loader allocates when it is first used. */
#include <stdlib.h>
#include "program.h"

__attribute__((tls_model("global-dynamic"))) static __thread void *volatile kept[600];

void library_keep(size_t size);
void library_keep(size_t size)
{
    kept[500] = launder(malloc(size));
}
