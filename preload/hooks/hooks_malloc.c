/* SPDX-License-Identifier: MIT */
/*
 * The C allocation functions. The order around the real call is what keeps the live table true
 * while other threads run: a free is told before it, an allocation after it, and a realloc both.
 */
#include "preload/recording/next.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "preload/arch/machine.h"
#include "preload/process/events.h"
#include "preload/base/real_malloc.h"
#include "preload/blocks/stale_words.h"

#define REAL real_malloc_functions

HOOK void *malloc(size_t size_bytes)
{
    if (!real_malloc_is_ready())
        return early_pool_alloc(16, size_bytes);
    void *block = stale_words_clear(REAL.malloc(size_bytes), size_bytes);
    EVENTS_ALLOCATED(block, size_bytes);
    return block;
}

HOOK void *calloc(size_t count, size_t each_bytes)
{
    size_t size_bytes;
    if (!real_malloc_is_ready())
        return __builtin_mul_overflow(count, each_bytes, &size_bytes)
                   ? NULL
                   : early_pool_alloc(16, size_bytes);
    void *block = stale_words_note(REAL.calloc(count, each_bytes));
    EVENTS_ALLOCATED(block, count * each_bytes); /* no overflow when there is a block */
    return block;
}

static __attribute__((noinline)) void release_oddly(void *block, struct call_frame caller)
{
    if (!block || early_pool_owns(block) || !real_malloc_is_ready())
        return;
    events_freed(block, RECORDING_KIND_MALLOC, &caller);
    REAL.free(block);
}

static inline __attribute__((always_inline)) void release(void *block, struct call_frame caller)
{
    if (__builtin_expect(events_freed_plainly(block, caller.pc), 1))
        REAL.free(block);
    else
        release_oddly(block, caller);
}

HOOK void free(void *block)
{
    struct call_frame caller = CALL_FRAME_OF_CALLER();
    release(block, caller);
}

/* A block of the pool moves to the real allocator as soon as there is one. */
static void *move_from_pool(void *block, size_t size_bytes)
{
    size_t old_bytes = early_pool_size(block);
    void *moved =
        real_malloc_is_ready() ? REAL.malloc(size_bytes) : early_pool_alloc(16, size_bytes);
    if (moved)
        memcpy(moved, block, old_bytes < size_bytes ? old_bytes : size_bytes);
    return moved;
}

static void *reallocate(void *block, size_t size_bytes, const struct call_frame *caller)
{
    void *moved;
    if (!block && !real_malloc_is_ready())
        return early_pool_alloc(16, size_bytes);
    if (!block || early_pool_owns(block)) {
        moved = block ? move_from_pool(block, size_bytes)
                      : stale_words_clear(REAL.realloc(NULL, size_bytes), size_bytes);
        if (!early_pool_owns(moved))
            events_allocated(moved, size_bytes, caller);
        return moved;
    }
    struct events_move move = events_move_begin(block, RECORDING_KIND_MALLOC, caller);
    size_t old_bytes = stale_words_before_move(block);
    moved = REAL.realloc(block, size_bytes);
    stale_words_after_move(moved, size_bytes, old_bytes);
    events_move_end(&move, moved, size_bytes, caller);
    return moved;
}

HOOK void *realloc(void *block, size_t size_bytes)
{
    struct call_frame caller = CALL_FRAME_OF_CALLER();
    return reallocate(block, size_bytes, &caller);
}

/* Not passed on: libc's would call the realloc above and be counted twice. */
HOOK void *reallocarray(void *block, size_t count, size_t each_bytes)
{
    struct call_frame caller = CALL_FRAME_OF_CALLER();
    size_t size_bytes;
    if (__builtin_mul_overflow(count, each_bytes, &size_bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return reallocate(block, size_bytes, &caller);
}

HOOK int posix_memalign(void **block, size_t alignment, size_t size_bytes)
{
    if (!real_malloc_is_ready()) {
        void *early = early_pool_alloc(alignment, size_bytes);
        if (early)
            *block = early;
        return early ? 0 : ENOMEM;
    }
    int failure = REAL.posix_memalign(block, alignment, size_bytes);
    if (!failure)
        EVENTS_ALLOCATED(stale_words_clear(*block, size_bytes), size_bytes);
    return failure;
}

HOOK void *aligned_alloc(size_t alignment, size_t size_bytes)
{
    if (!real_malloc_is_ready())
        return early_pool_alloc(alignment, size_bytes);
    void *block = stale_words_clear(REAL.aligned_alloc(alignment, size_bytes), size_bytes);
    EVENTS_ALLOCATED(block, size_bytes);
    return block;
}

HOOK void *memalign(size_t alignment, size_t size_bytes)
{
    if (!real_malloc_is_ready())
        return early_pool_alloc(alignment, size_bytes);
    void *block = stale_words_clear(REAL.memalign(alignment, size_bytes), size_bytes);
    EVENTS_ALLOCATED(block, size_bytes);
    return block;
}

HOOK void *valloc(size_t size_bytes)
{
    if (!real_malloc_is_ready())
        return early_pool_alloc(machine_page_bytes(), size_bytes);
    void *block = stale_words_clear(REAL.valloc(size_bytes), size_bytes);
    EVENTS_ALLOCATED(block, size_bytes);
    return block;
}

HOOK void *pvalloc(size_t size_bytes)
{
    if (!real_malloc_is_ready())
        return early_pool_alloc(machine_page_bytes(), machine_page_end(size_bytes));
    void *block = stale_words_clear(REAL.pvalloc(size_bytes), size_bytes);
    EVENTS_ALLOCATED(block, size_bytes);
    return block;
}

HOOK size_t malloc_usable_size(void *block)
{
    stale_words_slack_is_used = true;
    if (early_pool_owns(block))
        return early_pool_size(block);
    return real_malloc_is_ready() ? REAL.malloc_usable_size(block) : 0;
}

/* C23. Programs that call them were linked against a libc that has them; to us they are free. */
void free_sized(void *block, size_t size_bytes);
void free_aligned_sized(void *block, size_t alignment, size_t size_bytes);

HOOK void free_sized(void *block, size_t size_bytes)
{
    (void)size_bytes;
    struct call_frame caller = CALL_FRAME_OF_CALLER();
    release(block, caller);
}

HOOK void free_aligned_sized(void *block, size_t alignment, size_t size_bytes)
{
    (void)alignment;
    (void)size_bytes;
    struct call_frame caller = CALL_FRAME_OF_CALLER();
    release(block, caller);
}
