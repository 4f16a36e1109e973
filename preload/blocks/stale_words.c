/* SPDX-License-Identifier: MIT */
#include "preload/blocks/stale_words.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include "preload/base/real_malloc.h"
#include "preload/unwind/modules.h"

struct stale_words stale_words;
bool stale_words_slack_is_used;

/* Of glibc's other arenas: heaps of 64 MB at multiples of that. A heap's mark is found by the low
   bits of its number; when two share a place, all memory of the second was used before. */
enum { HEAP_SHIFT = 26, HEAPS = 1024 };
static uintptr_t arena_highs[HEAPS];

/* NULL: another allocator that does not tell how much a block can hold. */
static size_t (*usable_size)(void *);

/* Tests with filled memory see what they asked for. */
static bool is_filled_by_libc(void)
{
    const char *perturb = getenv("MALLOC_PERTURB_"), *tunables = getenv("GLIBC_TUNABLES");
    return (perturb && *perturb) || (tunables && strstr(tunables, "glibc.malloc.perturb="));
}

static bool are_of_one_module(const void *one, const void *other)
{
    Dl_info place, other_place;
    return one && other && dladdr(one, &place) && dladdr(other, &other_place) &&
           place.dli_fbase == other_place.dli_fbase;
}

void stale_words_start(bool is_glibc, size_t limit_bytes)
{
    if (is_filled_by_libc())
        return;
    if (are_of_one_module((const void *)real_malloc_functions.malloc,
                          (const void *)real_malloc_functions.malloc_usable_size))
        usable_size = real_malloc_functions.malloc_usable_size;
    stale_words.is_glibc = is_glibc;
    stale_words.high = (uintptr_t)sbrk(0); /* blocks of before now were not looked at */
    stale_words.limit_bytes = limit_bytes;
}

/* Were any of the bytes in [start, end) used before? Notes that all are now. */
static bool raise_mark(size_t header, uintptr_t start, uintptr_t end)
{
    if (header & STALE_CHUNK_MAPPED)
        return false;
    bool of_arena = header & STALE_CHUNK_OF_ARENA;
    uintptr_t heap = start >> HEAP_SHIFT;
    uintptr_t *high = of_arena ? &arena_highs[heap & (HEAPS - 1)] : &stale_words.high;
    uintptr_t now = __atomic_load_n(high, __ATOMIC_RELAXED), before = now;
    if (end <= now || (of_arena && now && (now - 1) >> HEAP_SHIFT != heap))
        return true;
    while (now < end &&
           !__atomic_compare_exchange_n(high, &now, end, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
    return start < before;
}

void stale_words_note_any(const void *block)
{
    size_t header = stale_words_header(block);
    raise_mark(header, (uintptr_t)block, (uintptr_t)block + stale_words_usable(header));
}

/* From `used` bytes on. What a block can hold beyond what was asked for is the program's too
   (malloc_usable_size), and small. */
static void clear_behind(char *block, size_t used, size_t size_bytes, size_t usable, size_t limit)
{
    size_t rest = usable - used, cleared = rest < limit ? rest : limit;
    memset(block + used, 0, cleared);
    size_t end = used + cleared > size_bytes ? used + cleared : size_bytes;
    if (end < usable)
        memset(block + end, 0, usable - end);
}

/* libc's own large blocks are buffers of streams, of which little may ever be used. */
static size_t limit_for(const void *caller)
{
    enum { STREAM_BYTES = 64 * 1024 };
    return modules_is_libc((uintptr_t)caller) && stale_words.limit_bytes < STREAM_BYTES
               ? STREAM_BYTES
               : stale_words.limit_bytes;
}

void stale_words_clear_any(void *block, size_t size_bytes, const void *caller)
{
    size_t header = 0, usable = size_bytes;
    if (stale_words.is_glibc) {
        header = stale_words_header(block);
        usable = stale_words_usable(header);
        if (!raise_mark(header, (uintptr_t)block, (uintptr_t)block + usable))
            return;
    }
    clear_behind(block, 0, size_bytes, usable, limit_for(caller));
}

size_t stale_words_before_move(void *block)
{
    if (!stale_words.limit_bytes || !usable_size)
        return SIZE_MAX;
    return usable_size(block);
}

void stale_words_after_move(void *moved, size_t size_bytes, size_t old_bytes)
{
    if (!moved || !stale_words.limit_bytes)
        return;
    size_t usable = size_bytes;
    if (stale_words.is_glibc) {
        size_t header = stale_words_header(moved);
        usable = stale_words_usable(header);
        uintptr_t start = (uintptr_t)moved;
        if (!raise_mark(header, start + (old_bytes < usable ? old_bytes : 0), start + usable))
            return;
    }
    if (old_bytes < usable)
        clear_behind(moved, old_bytes, size_bytes, usable, stale_words.limit_bytes);
}
