/* SPDX-License-Identifier: MIT */
/*
 * Frames of one stack pointer, again and again, that stand at other places than before: at another call of the
 * same function, in a function with a frame as large, in one with a larger frame or with a frame pointer. What
 * was remembered of their callers holds in the first two cases only.
 */
#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>

#define FRAME __attribute__((noinline))

static unsigned random_number(void)
{
    static unsigned state = 1;
    state = state * 1103515245 + 12345;
    return state >> 16;
}

static void descend(unsigned levels);

/* Two calls each, and three kinds of functions in six sizes. */
#define BODY(levels)                                                                                   \
    if (random_number() % 2)                                                                           \
        descend(levels);                                                                               \
    else                                                                                               \
        descend(levels);                                                                               \
    __asm__ volatile("" ::: "memory");
#define PLAIN(name, bytes)                                                                             \
    static FRAME void name(unsigned levels)                                                            \
    {                                                                                                  \
        volatile char room[bytes];                                                                     \
        room[0] = 1;                                                                                   \
        BODY(levels)                                                                                   \
        room[1] = 1;                                                                                   \
    }
#define WITH_FRAME_POINTER(name, bytes)                                                                \
    static FRAME void name(unsigned levels)                                                            \
    {                                                                                                  \
        volatile char *room = alloca(bytes + random_number() % 2 * 32);                                \
        room[0] = 1;                                                                                   \
        BODY(levels)                                                                                   \
        room[1] = 1;                                                                                   \
    }
#define USES_RBP(name, bytes)                                                                          \
    static FRAME void name(unsigned levels)                                                            \
    {                                                                                                  \
        volatile char room[bytes];                                                                     \
        __asm__ volatile("" ::: "rbx", "r12", "r13", "r14", "r15");                                    \
        unsigned kept = random_number();                                                               \
        room[0] = (char)kept;                                                                          \
        BODY(levels)                                                                                   \
        room[1] = (char)kept;                                                                          \
    }

PLAIN(plain_a, 32)
PLAIN(plain_b, 32)
PLAIN(plain_c, 64)
PLAIN(plain_d, 96)
WITH_FRAME_POINTER(pointer_a, 16)
WITH_FRAME_POINTER(pointer_b, 48)
USES_RBP(rbp_a, 16)
USES_RBP(rbp_b, 48)

static FRAME void allocate(void)
{
    void *volatile block = malloc(10);
    free(block);
}

static FRAME void descend(unsigned levels)
{
    static void (*const frames[])(unsigned) = {plain_a, plain_b, plain_c, plain_d,
                                               pointer_a, pointer_b, rbp_a, rbp_b};
    if (levels == 0)
        allocate();
    else
        frames[random_number() % 8](levels - 1);
    __asm__ volatile("" ::: "memory");
}

int main(void)
{
    for (int i = 0; i < 4000; i++)
        descend((unsigned)i % 7);
    puts("done");
}
