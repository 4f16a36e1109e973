/* SPDX-License-Identifier: MIT */
/*
 * Allocates in two threads and counts in a shared file what it did: counts_itself [FILE [ROUNDS]]. Whoever
 * kills it can compare. The file's words: pid, then for each thread allocations begun and done, frees
 * begun and done.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "program.h"

struct counts {
    volatile uint64_t allocations_begun, allocations_done, frees_begun, frees_done;
};

static volatile uint64_t *page;
static long rounds = 20000;

static void *run(void *argument)
{
    struct counts *counts = argument;
    void *live[64] = {0};
    for (long i = 0; i < rounds; i++) {
        if (live[i % 64]) {
            counts->frees_begun++;
            free(live[i % 64]);
            counts->frees_done++;
        }
        counts->allocations_begun++;
        live[i % 64] = launder(malloc(1 + i % 1000));
        counts->allocations_done++;
    }
    for (int i = 0; i < 64; i++)
        free(live[i]);
    return NULL;
}

int main(int argument_count, char **arguments)
{
    int file = argument_count > 1 ? open(arguments[1], O_RDWR | O_CREAT, 0600) : -1;
    int flags = file < 0 ? MAP_SHARED | MAP_ANONYMOUS : MAP_SHARED;
    pthread_t thread;
    if (argument_count > 2)
        rounds = atol(arguments[2]);
    if (file >= 0 && ftruncate(file, 4096) != 0)
        return 1;
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, file, 0);
    if (page == MAP_FAILED || pthread_create(&thread, NULL, run, (void *)(page + 1)) != 0)
        return 1;
    page[0] = (uint64_t)getpid();
    run((void *)(page + 5));
    pthread_join(thread, NULL);
    return 0;
}
