/* SPDX-License-Identifier: MIT */
/*
 * dlopen, only for the sake of RTLD_DEEPBIND. The loader looks at who calls it (for the caller's
 * RUNPATH, $ORIGIN and namespace), so the call is passed on by a jump, and seen as the caller's.
 * Where the path says it all the caller does not matter, and we can have a look afterwards.
 */
#include "preload/recording/next.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "preload/hooks/deep_binding.h"
#include "preload/arch/machine.h"
#include "preload/process/process.h"
#include "preload/recording/threads.h"

typedef void *open_function(const char *path, int mode);

static void *open_deeply_bound(const char *path, int mode)
{
    void *handle = NEXT(dlopen)(path, mode);
    struct thread *thread = handle && process_is_recording() ? threads_self() : NULL;
    if (!thread)
        return handle;
    int saved_errno = errno;
    thread->internal++;
    deep_binding_undo(handle);
    dlerror(); /* names that nobody else has are no error of the program's */
    thread->internal--;
    errno = saved_errno;
    return handle;
}

__attribute__((noinline)) static open_function *choose(const char *path, int mode)
{
    if ((mode & RTLD_DEEPBIND) && path && strchr(path, '/') && !strchr(path, '$'))
        return open_deeply_bound;
    return NEXT(dlopen);
}

#define UNUSED __attribute__((unused)) /* they are passed on in their registers */

HOOK MACHINE_JUMPS void *dlopen(const char *path UNUSED, int mode UNUSED)
{
    MACHINE_JUMP_TO_CHOSEN(choose, path, mode);
}
