/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_STALE_WORDS_H
#define LEAKGRAPH_STALE_WORDS_H

/*
 * Memory that comes to a block for the second time still holds what the block before had there: old
 * pointers that would keep alive whatever has got their address since. Its first bytes are zeroed
 * before anybody has the new block's address. Zeros are what fresh memory holds, and fresh memory
 * is left alone: its pages shall not be touched for this.
 *
 *     void *block = stale_words_clear(real_malloc_functions.malloc(size), size);
 *
 * Which memory is fresh glibc tells by cutting new blocks off the top of a heap: below the highest
 * end of a block so far a heap's memory was used before. Marks only rise; where one is wrong, it
 * is too high, and costs some zeros.
 *
 * Called inside malloc: no malloc, no lock.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* glibc: the word before a block is its size and these flags. */
enum { STALE_CHUNK_MAPPED = 2, STALE_CHUNK_OF_ARENA = 4, STALE_CHUNK_FLAGS = 7 };

struct stale_words {
    size_t limit_bytes; /* so much of a block is cleared; 0: nothing */
    bool is_glibc;      /* its headers tell how large a block is, and whose */
    uintptr_t high;     /* of the main heap: what ends below was used before */
};
extern struct stale_words stale_words;

/* Before the first block that is recorded. */
void stale_words_start(bool is_glibc, size_t limit_bytes);

/* The rare cases: fresh memory, arenas of threads, large blocks, other allocators. */
void stale_words_clear_any(void *block, size_t size_bytes, const void *caller);
void stale_words_note_any(const void *block);

static inline size_t stale_words_header(const void *block)
{
    return ((const size_t *)block)[-1];
}

/* Of a chunk in a heap: the word behind it is still the block's. */
static inline size_t stale_words_usable(size_t header)
{
    return (header & ~(size_t)STALE_CHUNK_FLAGS) - sizeof(size_t);
}

static inline bool stale_words_is_used_memory(const void *block, size_t header)
{
    return !(header & (STALE_CHUNK_MAPPED | STALE_CHUNK_OF_ARENA)) &&
           (uintptr_t)block + stale_words_usable(header) <=
               __atomic_load_n(&stale_words.high, __ATOMIC_RELAXED);
}

/* In a hook: a new block of so many bytes, or NULL; returns it. */
static inline __attribute__((always_inline)) void *stale_words_clear(void *block, size_t size_bytes)
{
    if (!block || !stale_words.limit_bytes)
        return block;
    if (__builtin_expect(stale_words.is_glibc, true)) {
        size_t header = stale_words_header(block), usable = stale_words_usable(header);
        if (__builtin_expect(usable <= stale_words.limit_bytes, true) &&
            __builtin_expect(stale_words_is_used_memory(block, header), true)) {
            memset(block, 0, usable);
            return block;
        }
    }
    stale_words_clear_any(block, size_bytes, __builtin_return_address(0));
    return block;
}

/* A new block that its allocator zeroed, or NULL; returns it. */
static inline void *stale_words_note(void *block)
{
    if (block && stale_words.limit_bytes && stale_words.is_glibc &&
        __builtin_expect(!stale_words_is_used_memory(block, stale_words_header(block)), false))
        stale_words_note_any(block);
    return block;
}

/* The program asked how much a block can hold: it may have pointers beyond what it asked for. */
extern bool stale_words_slack_is_used;

/* realloc: all that the old block could hold is the program's, whatever it had asked for. */
size_t stale_words_before_move(void *block);
void stale_words_after_move(void *moved, size_t size_bytes, size_t old_bytes);

#endif
