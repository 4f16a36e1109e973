/* SPDX-License-Identifier: MIT */
/*
 * What every workload shares: options given as name=value, a clock, and the line on standard output
 * that the driver reads:
 *
 *     pairs=1000000 blocks=1 threads=1 stacks=256 loop_ns=41234567
 *
 * pairs: malloc+free pairs done; blocks: the most that were live at once; stacks: distinct call
 * stacks that allocate (0: not known); loop_ns: time of the measured loop alone, without start-up
 * and exit.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Keeps a call from becoming a tail call and equal branches from being merged into one. */
#define KEEP_CALL(label) __asm__ volatile("# " #label ::: "memory")
/* Keeps a malloc+free pair from being optimised away. */
#define KEEP_POINTER(pointer) __asm__ volatile("" : "+r"(pointer)::"memory")

struct workload_result {
    uint64_t pairs, blocks, threads, stacks, loop_ns;
};

static inline const char *workload_text(char **argv, const char *name, const char *otherwise)
{
    size_t length = strlen(name);

    for (argv++; *argv; argv++)
        if (!strncmp(*argv, name, length) && (*argv)[length] == '=')
            return *argv + length + 1;
    return otherwise;
}

static inline uint64_t workload_number(char **argv, const char *name, uint64_t otherwise)
{
    const char *text = workload_text(argv, name, NULL);

    return text ? strtoull(text, NULL, 10) : otherwise;
}

static inline uint64_t workload_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* xorshift64: cheap, and the same sequence in every run. */
static inline uint64_t workload_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static inline void workload_print(const struct workload_result *result)
{
    printf("pairs=%llu blocks=%llu threads=%llu stacks=%llu loop_ns=%llu\n",
           (unsigned long long)result->pairs, (unsigned long long)result->blocks,
           (unsigned long long)result->threads, (unsigned long long)result->stacks,
           (unsigned long long)result->loop_ns);
}

#endif
