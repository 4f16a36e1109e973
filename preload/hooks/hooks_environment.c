/* SPDX-License-Identifier: MIT */
/*
 * GLib before 2.76 cuts small objects from slabs of its own, and nobody sees which of them are
 * lost. It uses malloc for each when it finds G_SLICE=always-malloc in the environment (and under
 * valgrind). GLib alone gets that answer: the environment of the program and its children stays as
 * it is. Where the user has set G_SLICE, to nothing too, it is the user's.
 */
#include "preload/recording/next.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "preload/hooks/hooks.h"
#include "preload/process/process.h"

/* Libraries, and allocators behind ours, ask before our constructor, where dlsym could be called
 * from inside malloc. secure_getenv is libc's own getenv here: we are not in setuid programs. */
static char *(*next_getenv)(const char *) = secure_getenv;

void hooks_environment_start(void)
{
    char *(*found)(const char *) = (char *(*)(const char *))next_definition("getenv");
    if (found)
        next_getenv = found;
}

static bool is_in_glib(const void *code)
{
    Dl_info info;
    return dladdr(code, &info) && info.dli_fname && strstr(info.dli_fname, "/libglib-2.0.so");
}

HOOK char *getenv(const char *name)
{
    static char always_malloc[] = "always-malloc";
    char *value = next_getenv(name);
    if (value || strcmp(name, "G_SLICE") != 0)
        return value;
    int saved_errno = errno;
    if (process_begin() && is_in_glib(__builtin_return_address(0))) {
        process_note_slices_off();
        value = always_malloc;
    }
    errno = saved_errno;
    return value;
}
