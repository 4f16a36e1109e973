/* SPDX-License-Identifier: MIT */
/*
 * stack_table_threads DIRECTORY: four threads store the same stacks in different orders while the
 * table grows: each stack must have one site, whoever made it, and be read as it was stored.
 */
#include <pthread.h>
#include <stdio.h>

#include "preload/recording/recording_writer.h"
#include "preload/unwind/stack_hash.h"
#include "preload/unwind/stack_table.h"

enum { THREADS = 4, STACKS = 50000, DEPTH = 13 };

static uint32_t sites[THREADS][STACKS];
static pthread_barrier_t start;

/* Stacks share their outer frames as those of real programs do; some frames are far from their
 * callers. */
static struct stack_table_frame frame_of(uint32_t stack, uint32_t depth)
{
    uint32_t inner = stack >> (DEPTH - 1 - depth);
    uintptr_t module = inner % 3;
    return (struct stack_table_frame){.pc = 0x1000 + (module << 40) + inner * 16 + depth,
                                      .module_and_flags = (uint32_t)module};
}

/* `before`: the frames of the stack that this thread stored before. */
static uint32_t store(uint32_t stack, uint32_t *words, struct stack_table_frame *before)
{
    uint32_t kept = 0;
    while (kept < DEPTH && before[kept].stack != 0 && before[kept].pc == frame_of(stack, kept).pc)
        kept++;
    struct stack_table_frame none = {0}, caller = kept > 0 ? before[kept - 1] : none;
    struct stack_draft draft =
        stack_draft_begin(words, caller.stack, kept, caller.pc, caller.module_and_flags);
    for (uint32_t i = kept; i < DEPTH; i++) {
        before[i] = frame_of(stack, i);
        draft = stack_draft_push(draft, before[i].pc, before[i].module_and_flags);
    }
    uint32_t id = stack_draft_store(draft);
    for (uint32_t i = kept; i < DEPTH; i++)
        before[i].stack = id;
    return id;
}

static uint64_t hash_of(uint32_t stack)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < DEPTH; i++) {
        struct stack_table_frame frame = frame_of(stack, i);
        hash = hash * STACK_HASH_FACTOR + stack_hash_part(frame.pc, frame.module_and_flags);
    }
    return stack_hash_end(hash);
}

static void *store_all(void *argument)
{
    size_t thread = (size_t)argument;
    uint32_t words[STACK_DRAFT_WORDS];
    struct stack_table_frame before[DEPTH] = {{0}};
    pthread_barrier_wait(&start);
    for (uint32_t i = 0; i < STACKS; i++) {
        uint32_t stack = (i * 7919u + (uint32_t)thread * 12289u) % STACKS;
        uint64_t hash = hash_of(stack);
        uint32_t site = stack_table_find(hash);
        sites[thread][stack] =
            site != 0 ? site : stack_table_add(hash, store(stack, words, before));
    }
    return NULL;
}

static int check_frames(uint32_t stack)
{
    struct stack_table_frame frames[DEPTH + 1];
    uint32_t id = stack_table_stack_of_site(sites[0][stack]);
    uint32_t count = stack_table_read(id, frames, DEPTH);
    if (count != DEPTH)
        return printf("stack %u has %u frames\n", stack, count);
    for (uint32_t i = 0; i < DEPTH; i++) {
        struct stack_table_frame wanted = frame_of(stack, i);
        if (frames[i + 1].pc != wanted.pc ||
            frames[i + 1].module_and_flags != wanted.module_and_flags)
            return printf("frame %u of stack %u is wrong\n", i, stack);
    }
    return 0;
}

static int check_sites(void)
{
    static unsigned char seen[STACKS * THREADS + 1];
    for (uint32_t stack = 0; stack < STACKS; stack++) {
        uint32_t site = sites[0][stack];
        for (int thread = 1; thread < THREADS; thread++)
            if (sites[thread][stack] != site || site == 0)
                return printf("stack %u has sites %u and %u\n", stack, site, sites[thread][stack]);
        if (seen[site]++ != 0)
            return printf("site %u has two stacks\n", site);
        if (check_frames(stack) != 0)
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    if (argc != 2 || !recording_create(argv[1]))
        return 2;
    stack_table_start();
    pthread_barrier_init(&start, NULL, THREADS);
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, store_all, (void *)i);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return check_sites() != 0;
}
