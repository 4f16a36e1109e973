/* SPDX-License-Identifier: MIT */
/*
 * stack_table_threads DIRECTORY: four threads push the same stacks in different orders while the table
 * grows: each stack must have one id, whoever made it, greater than its caller's.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "preload/recording_writer.h"
#include "preload/stack_table.h"

enum { THREADS = 4, STACKS = 50000, DEPTH = 12 };

static uint32_t sites[THREADS][STACKS];
static pthread_barrier_t start;

/* Stacks share their outer frames as those of real programs do. */
static uint32_t push_stack(uint32_t stack)
{
    uint32_t node = 0;
    for (int depth = 0; depth < DEPTH; depth++) {
        uint32_t inner = stack >> (DEPTH - 1 - depth);
        uint32_t made = stack_table_push(node, 0x1000 + inner % 7 * 16 + (unsigned)depth, inner % 3);
        if (made <= node) {
            printf("node %u called from node %u\n", made, node);
            exit(1);
        }
        node = made;
    }
    return stack_table_site(stack_table_push(node, 0x100000 + stack, 1));
}

static void *push_all(void *argument)
{
    size_t thread = (size_t)argument;
    pthread_barrier_wait(&start);
    for (uint32_t i = 0; i < STACKS; i++) {
        uint32_t stack = (i * 7919u + (uint32_t)thread * 12289u) % STACKS;
        sites[thread][stack] = push_stack(stack);
    }
    return NULL;
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
        pthread_create(&threads[i], NULL, push_all, (void *)i);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return check_sites() != 0;
}
