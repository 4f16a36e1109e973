/* SPDX-License-Identifier: MIT */
/*
 * mlockall without the shim's own memory: the kernel would count all that we have mapped against
 * the program's limit, and fill tables that are mostly empty. So the program's mappings are locked
 * one by one, and what we map later stays unlocked.
 */
#include "preload/recording/next.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "preload/base/private_memory.h"
#include "preload/base/proc_file.h"
#include "preload/recording/process_mark.h"
#include "preload/unwind/modules.h"

struct part {
    void (*visit)(uintptr_t start, uintptr_t end, void *context);
    void *context;
};

static void visit_others(uintptr_t start, uintptr_t end, void *context)
{
    const struct part *part = context;
    if (!modules_is_shim(start))
        private_memory_each_other(start, end, part->visit, part->context);
}

static bool each_of_program(void (*visit)(uintptr_t start, uintptr_t end, void *context),
                            void *context)
{
    return proc_maps_each(visit_others, &(struct part){visit, context});
}

static void add_bytes(uintptr_t start, uintptr_t end, void *context)
{
    *(uint64_t *)context += end - start;
}

/* What cannot be filled is left, as mlockall does. */
static void lock(uintptr_t start, uintptr_t end, void *context)
{
    mlock2((const void *)start, end - start, *(const unsigned *)context);
}

/* Would it be allowed without us? */
static bool fits(void)
{
    uint64_t size_bytes = 0;
    struct rlimit limit;
    return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && each_of_program(add_bytes, &size_bytes) &&
           limit.rlim_cur != 0 && size_bytes <= limit.rlim_cur;
}

/* Also by the right to lock without a limit, which shows when it is tried without filling anything.
 */
static bool may_lock(void)
{
    if (fits())
        return true;
    if (NEXT(mlockall)(MCL_CURRENT | MCL_ONFAULT) != 0)
        return false;
    NEXT(munlockall)();
    return true;
}

static int lock_program(int flags)
{
    unsigned how = flags & MCL_ONFAULT ? MLOCK_ONFAULT : 0;
    if (flags & MCL_FUTURE && NEXT(mlockall)(flags & ~MCL_CURRENT) != 0)
        return -1;
    int saved_errno = errno;
    each_of_program(lock, &how);
    errno = saved_errno;
    return 0;
}

HOOK int mlockall(int flags)
{
    if (!process_is_recording() || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)))
        return NEXT(mlockall)(flags);
    if (flags & MCL_FUTURE)
        private_memory_stays_unlocked();
    if (!(flags & MCL_CURRENT) || !may_lock())
        return NEXT(mlockall)(flags);
    return lock_program(flags);
}
