/* SPDX-License-Identifier: MIT */
/* A block held by the data of a dlopen'ed library is alive. */
#include <dlfcn.h>
#include <stdlib.h>
#include "program.h"

NOINLINE static int keep_in_library(void)
{
    void *library = dlopen("lib_data.so", RTLD_NOW);
    void (*keep)(size_t) = library ? (void (*)(size_t))dlsym(library, "library_keep") : NULL;
    if (!keep)
        return 1;
    keep(222);
    return 0;
}

int main(void)
{
    int failed = keep_in_library();
    SCRUB();
    return failed;
}
