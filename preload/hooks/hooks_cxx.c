/* SPDX-License-Identifier: MIT */
/*
 * operator new and delete, in all their forms. They are passed on to whatever the program has: its
 * runtime library calls malloc, which our hook records, an allocator's own operators do not. Each
 * is one event, with the kind of the block, so that `delete` of a malloc'ed block is told. What
 * they throw passes through.
 */
#include "preload/recording/next.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "preload/base/real_malloc.h"
#include "preload/process/events.h"
#include "preload/recording/threads.h"
#include "preload/unwind/modules.h"

/* A library that was dlopen'ed with RTLD_LOCAL brings a runtime that RTLD_NEXT does not see. */
static void *find_in_loaded_runtime(const char *name)
{
    static const char *const runtimes[] = {"libstdc++.so.6", "libc++abi.so.1", "libc++.so.1"};
    for (size_t i = 0; i < sizeof runtimes / sizeof *runtimes; i++) {
        void *runtime = dlopen(runtimes[i], RTLD_LAZY | RTLD_NOLOAD);
        void *found = runtime ? dlsym(runtime, name) : NULL;
        if (runtime)
            dlclose(runtime);
        if (found)
            return found;
    }
    return NULL;
}

static void *find_operator(const char *name)
{
    struct thread *thread = threads_self();
    if (thread)
        thread->internal++;
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        found = find_in_loaded_runtime(name);
    if (thread)
        thread->internal--;
    return found;
}

static enum events_operator whose_is(const void *function, const char *name)
{
    uint32_t module = modules_find((uintptr_t)function);
    if (function && module != RECORDING_NO_MODULE && real_malloc_is_ready() &&
        module == modules_find((uintptr_t)real_malloc_functions.malloc))
        return EVENTS_OF_ALLOCATOR;
    struct thread *thread = events_mute();
    bool of_runtime = !function || function == find_in_loaded_runtime(name);
    events_unmute(thread);
    return of_runtime ? EVENTS_OF_RUNTIME : EVENTS_OF_OTHERS;
}

/*
 * Where no runtime is to be found (linked statically into a library that exports its calls but not
 * its operators), plain malloc serves; without a runtime nobody could catch bad_alloc, so it ends
 * the process.
 */
static void *new_without_runtime(size_t size_bytes)
{
    void *block = malloc(size_bytes ? size_bytes : 1);
    if (!block)
        abort();
    return block;
}

#define NEW(function, symbol, block_kind, parameters, arguments)                                   \
    HOOK void *function parameters __asm__(symbol);                                                \
    void *function parameters                                                                      \
    {                                                                                              \
        static void *(*real)parameters;                                                            \
        static enum events_operator whose;                                                         \
        struct call_frame caller = CALL_FRAME_OF_CALLER();                                         \
        if (__builtin_expect(!real, 0)) {                                                          \
            void *found = find_operator(symbol);                                                   \
            whose = whose_is(found, symbol);                                                       \
            real = (void *(*)parameters)found;                                                     \
        }                                                                                          \
        events_new_begin();                                                                        \
        void *block = real ? real arguments : new_without_runtime(size_bytes);                     \
        events_new_end(block, size_bytes, block_kind, whose, &caller);                             \
        return block;                                                                              \
    }

#define DELETE(function, symbol, block_kind, parameters, arguments)                                \
    HOOK void function parameters __asm__(symbol);                                                 \
    void function parameters                                                                       \
    {                                                                                              \
        static void(*real) parameters;                                                             \
        struct call_frame caller = CALL_FRAME_OF_CALLER();                                         \
        if (__builtin_expect(!real, 0))                                                            \
            real = (void(*) parameters)find_operator(symbol);                                      \
        struct events_delete state = events_delete_begin(block, block_kind, &caller);              \
        if (real)                                                                                  \
            real arguments;                                                                        \
        else                                                                                       \
            free(block);                                                                           \
        events_delete_end(&state);                                                                 \
    }

typedef const void *nothrow;

NEW(new_plain, "_Znwm", RECORDING_KIND_NEW, (size_t size_bytes), (size_bytes))
NEW(new_nothrow, "_ZnwmRKSt9nothrow_t", RECORDING_KIND_NEW, (size_t size_bytes, nothrow tag),
    (size_bytes, tag))
NEW(new_aligned, "_ZnwmSt11align_val_t", RECORDING_KIND_NEW, (size_t size_bytes, size_t alignment),
    (size_bytes, alignment))
NEW(new_aligned_nothrow, "_ZnwmSt11align_val_tRKSt9nothrow_t", RECORDING_KIND_NEW,
    (size_t size_bytes, size_t alignment, nothrow tag), (size_bytes, alignment, tag))
NEW(array_plain, "_Znam", RECORDING_KIND_NEW_ARRAY, (size_t size_bytes), (size_bytes))
NEW(array_nothrow, "_ZnamRKSt9nothrow_t", RECORDING_KIND_NEW_ARRAY,
    (size_t size_bytes, nothrow tag), (size_bytes, tag))
NEW(array_aligned, "_ZnamSt11align_val_t", RECORDING_KIND_NEW_ARRAY,
    (size_t size_bytes, size_t alignment), (size_bytes, alignment))
NEW(array_aligned_nothrow, "_ZnamSt11align_val_tRKSt9nothrow_t", RECORDING_KIND_NEW_ARRAY,
    (size_t size_bytes, size_t alignment, nothrow tag), (size_bytes, alignment, tag))

DELETE(delete_plain, "_ZdlPv", RECORDING_KIND_NEW, (void *block), (block))
DELETE(delete_sized, "_ZdlPvm", RECORDING_KIND_NEW, (void *block, size_t size_bytes),
       (block, size_bytes))
DELETE(delete_nothrow, "_ZdlPvRKSt9nothrow_t", RECORDING_KIND_NEW, (void *block, nothrow tag),
       (block, tag))
DELETE(delete_aligned, "_ZdlPvSt11align_val_t", RECORDING_KIND_NEW, (void *block, size_t alignment),
       (block, alignment))
DELETE(delete_sized_aligned, "_ZdlPvmSt11align_val_t", RECORDING_KIND_NEW,
       (void *block, size_t size_bytes, size_t alignment), (block, size_bytes, alignment))
DELETE(delete_aligned_nothrow, "_ZdlPvSt11align_val_tRKSt9nothrow_t", RECORDING_KIND_NEW,
       (void *block, size_t alignment, nothrow tag), (block, alignment, tag))
DELETE(array_delete_plain, "_ZdaPv", RECORDING_KIND_NEW_ARRAY, (void *block), (block))
DELETE(array_delete_sized, "_ZdaPvm", RECORDING_KIND_NEW_ARRAY, (void *block, size_t size_bytes),
       (block, size_bytes))
DELETE(array_delete_nothrow, "_ZdaPvRKSt9nothrow_t", RECORDING_KIND_NEW_ARRAY,
       (void *block, nothrow tag), (block, tag))
DELETE(array_delete_aligned, "_ZdaPvSt11align_val_t", RECORDING_KIND_NEW_ARRAY,
       (void *block, size_t alignment), (block, alignment))
DELETE(array_delete_sized_aligned, "_ZdaPvmSt11align_val_t", RECORDING_KIND_NEW_ARRAY,
       (void *block, size_t size_bytes, size_t alignment), (block, size_bytes, alignment))
DELETE(array_delete_aligned_nothrow, "_ZdaPvSt11align_val_tRKSt9nothrow_t",
       RECORDING_KIND_NEW_ARRAY, (void *block, size_t alignment, nothrow tag),
       (block, alignment, tag))
