/* SPDX-License-Identifier: MIT */
/* A library leaks and is unloaded: the report still names its function and the library. */
#include <dlfcn.h>
#include <stdlib.h>
#include "program.h"

NOINLINE static int use_library(void)
{
    void *library = dlopen("lib_leaky.so", RTLD_NOW);
    void (*lose)(void) = library ? (void (*)(void))dlsym(library, "library_lose") : NULL;
    if (!lose)
        return 1;
    lose();
    dlclose(library);
    return dlopen("lib_leaky.so", RTLD_NOW | RTLD_NOLOAD) != NULL;
}

int main(void)
{
    int failed = use_library();
    SCRUB();
    return failed;
}
