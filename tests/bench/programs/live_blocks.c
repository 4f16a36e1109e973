/* SPDX-License-Identifier: MIT */
/*
 * Pairs above a heap of many live blocks:
 *
 *     live_blocks live=N pairs=N order=hot|random
 *
 * hot: the block just allocated is freed; random: any of the live ones is freed, a new one takes
 * its place. The live blocks are still held at exit.
 */
#include "workload.h"

#define SITES 16

static void **blocks;

#define CASE(number)                                                                               \
    case number: {                                                                                 \
        void *block = malloc(size_bytes);                                                          \
        KEEP_POINTER(block);                                                                       \
        KEEP_CALL(number);                                                                         \
        return block;                                                                              \
    }

/* From one of sixteen sites: 16 to 136 bytes. */
__attribute__((noinline)) static void *allocate(uint64_t random)
{
    size_t size_bytes = 16 + (random >> 16 & 15) * 8;

    switch (random % SITES) {
        CASE(0)
        CASE(1)
        CASE(2)
        CASE(3)
        CASE(4)
        CASE(5)
        CASE(6)
        CASE(7)
        CASE(8)
        CASE(9)
        CASE(10)
        CASE(11)
        CASE(12)
        CASE(13)
        CASE(14)
        CASE(15)
    }
    return NULL;
}

static void hot(uint64_t pairs, uint64_t *random)
{
    for (; pairs; pairs--)
        free(allocate(workload_random(random)));
}

static void random_order(uint64_t pairs, uint64_t live, uint64_t *random)
{
    for (; pairs; pairs--) {
        uint64_t number = workload_random(random);
        void **slot = &blocks[(number >> 24) % live];

        free(*slot);
        *slot = allocate(number);
    }
}

int main(int argc, char **argv)
{
    uint64_t live = workload_number(argv, "live", 1000), random = 88172645463325252u;
    struct workload_result result = {.pairs = workload_number(argv, "pairs", 1000000),
                                     .blocks = live,
                                     .threads = 1,
                                     .stacks = 2 * SITES};

    (void)argc;
    blocks = calloc(live, sizeof *blocks);
    if (!blocks)
        return 1;
    for (uint64_t i = 0; i < live; i++)
        blocks[i] = allocate(workload_random(&random));
    result.loop_ns = workload_now_ns();
    if (!strcmp(workload_text(argv, "order", "hot"), "hot"))
        hot(result.pairs, &random);
    else
        random_order(result.pairs, live, &random);
    result.loop_ns = workload_now_ns() - result.loop_ns;
    workload_print(&result);
    return 0;
}
