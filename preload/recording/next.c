/* SPDX-License-Identifier: MIT */
#include "preload/recording/next.h"

#include <dlfcn.h>
#include <stddef.h>

#include "preload/recording/process_mark.h"
#include "preload/recording/threads.h"

void *next_definition(const char *name)
{
    struct thread *thread = process_is_recording() ? threads_self() : NULL;
    if (thread)
        thread->internal++;
    void *found = dlsym(RTLD_NEXT, name);
    if (thread)
        thread->internal--;
    return found;
}
