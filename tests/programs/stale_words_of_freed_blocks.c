/* SPDX-License-Identifier: MIT */
/*
 * Blocks that live keep, in parts they never wrote, words of the blocks that had their memory
 * before. Those words keep nothing alive: what only they point to is lost.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "program.h"

enum { WORDS = 375, BYTES = WORDS * sizeof(void *) };

static char *kept[64];
static size_t kept_count;

/* Kept, and hardly written. */
static void keep(void *block)
{
    kept[kept_count] = launder(block);
    kept[kept_count++][0] = 1;
}

static void fill(void **table, size_t words, void *lost)
{
    for (size_t i = 0; i < words; i++)
        table[i] = lost;
    launder(table);
}

NOINLINE static void lose_behind_malloc(void)
{
    void *lost = malloc(301), **old = malloc(BYTES);
    fill(old, WORDS, lost);
    free(old);
    keep(malloc(BYTES));
}

/* The memory was zeroed for the block before, not for this one. */
NOINLINE static void lose_behind_calloc(void)
{
    void *lost = malloc(302), **old = calloc(WORDS + 50, sizeof *old);
    fill(old, WORDS + 50, lost);
    free(old);
    keep(malloc(BYTES + 400));
}

NOINLINE static void lose_behind_memalign(void)
{
    void *lost = malloc(303), **old = malloc(BYTES), *block = NULL;
    fill(old, WORDS, lost);
    free(old);
    if (posix_memalign(&block, 256, 2000) == 0)
        keep(block);
    keep(aligned_alloc(64, 256));
    keep(memalign(32, 64));
}

/* In place, over a freed block. */
NOINLINE static void lose_behind_realloc(void)
{
    char *grows = malloc(2000);
    void **next = malloc(2000), *guard = malloc(40), *lost = malloc(304);
    fill(next, 250, lost);
    free(next);
    keep(realloc(grows, 4000));
    free(guard);
}

/* realloc(NULL) is a malloc, and so is operator new. */
NOINLINE static void lose_behind_realloc_of_nothing(void)
{
    void *lost = malloc(305), **old = malloc(800);
    fill(old, 100, lost);
    free(old);
    keep(realloc(NULL, 800));
}

/* A large block is cut into small ones. */
NOINLINE static void lose_behind_split_chunk(void)
{
    void **table = malloc(8192), *guard = malloc(2000), *lost = malloc(306);
    fill(table, 1024, lost);
    free(table);
    for (int i = 0; i < 7; i++)
        keep(malloc(1100));
    free(guard);
}

static void *lose_in_a_thread(void *unused)
{
    lose_behind_malloc();
    return unused;
}

/* The buffer that libc takes for a stream. */
NOINLINE static void lose_behind_stream(void)
{
    void **old = malloc(4096), *lost = malloc(307);
    fill(old, 512, lost);
    free(old);
    puts("done");
}

int main(void)
{
    pthread_t thread;
    lose_behind_stream();
    lose_behind_malloc();
    lose_behind_calloc();
    lose_behind_memalign();
    lose_behind_realloc();
    lose_behind_realloc_of_nothing();
    lose_behind_split_chunk();
    pthread_create(&thread, NULL, lose_in_a_thread, NULL);
    pthread_join(thread, NULL);
    SCRUB();
    return 0;
}
