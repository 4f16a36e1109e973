/* SPDX-License-Identifier: MIT */
/* What a library frees that finds libc's free before ours (RTLD_DEEPBIND) is no leak, and what it
 * loses is one. */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "program.h"

static void *open_library(int mode)
{
    char path[PATH_MAX + 16] = "";
    if (readlink("/proc/self/exe", path, PATH_MAX) <= 0)
        return NULL;
    strcpy(strrchr(path, '/'), "/lib_deep.so");
    return dlopen(path, mode);
}

NOINLINE static int use_library(int mode)
{
    void *library = open_library(mode | RTLD_DEEPBIND);
    if (!library || dlerror())
        return 1;
    void (*release)(void *, void *, void *) =
        (void (*)(void *, void *, void *))dlsym(library, "library_release");
    void (*lose)(void) = (void (*)(void))dlsym(library, "library_lose");
    release(launder(malloc(100)), launder(malloc(200)), launder(malloc(300)));
    lose();
    return dlclose(library);
}

int main(void)
{
    int failed = use_library(RTLD_LAZY) || use_library(RTLD_NOW);
    SCRUB();
    return failed;
}
