/* SPDX-License-Identifier: MIT */
/* pairs DEPTH LEVELS PAIRS EACH: malloc and free in turn, with a thousand blocks alive, from the leaves of a binary
   tree of LEVELS levels below a path of DEPTH frames in all; EACH pairs at a leaf, from two call sites at random. */
#include <stdint.h>
#include <stdlib.h>

#define KEEP_CALL(value) __asm__ volatile("" ::"r"(value) : "memory")

static unsigned levels, each;
static long left;
static void *window[1000];
static size_t oldest;
static uint64_t random_bits = 88172645463325252u;

static uint64_t next_random(void)
{
    random_bits ^= random_bits << 13;
    random_bits ^= random_bits >> 7;
    random_bits ^= random_bits << 17;
    return random_bits;
}

static void keep(void *block)
{
    free(window[oldest]);
    window[oldest] = block;
    oldest = (oldest + 1) % (sizeof window / sizeof *window);
}

__attribute__((noinline)) static void leaf(void)
{
    for (unsigned i = 0; i < each && left > 0; i++, left--) {
        uint64_t random = next_random();
        size_t size_bytes = 16 + (random >> 32) % 64;
        void *block;
        if (random & 1 << 20) {
            block = malloc(size_bytes);
            __asm__ volatile("nop" : "+r"(block));
        } else {
            block = malloc(size_bytes);
        }
        keep(block);
    }
}

__attribute__((noinline)) static void tree(unsigned level)
{
    if (level == 0) {
        leaf();
    } else {
        tree(level - 1);
        KEEP_CALL(level);
        if (left > 0)
            tree(level - 1);
    }
    KEEP_CALL(level);
}

__attribute__((noinline)) static void path(unsigned depth)
{
    if (depth > levels)
        path(depth - 1);
    else
        while (left > 0)
            tree(levels);
    KEEP_CALL(depth);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    levels = (unsigned)atoi(argv[2]);
    left = atol(argv[3]);
    each = (unsigned)atoi(argv[4]);
    path((unsigned)atoi(argv[1]));
    return 0;
}
