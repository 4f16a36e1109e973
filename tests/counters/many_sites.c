/* SPDX-License-Identifier: MIT */
/* many_sites: ten threads, each of which allocates from the same 5,000 call stacks, as the parts of a large robot
   do, and keeps a block of each for a while. */
#include <pthread.h>
#include <stdlib.h>

enum { SITES = 5000, THREADS = 10, TURNS = 3 };

/* Two call sites for each bit of the number. */
__attribute__((noinline)) static void *allocate(unsigned number, unsigned bits)
{
    void *block;
    if (bits == 0)
        block = malloc(16 + number % 64);
    else if (number >> (bits - 1) & 1)
        block = allocate(number, bits - 1);
    else
        block = allocate(number, bits - 1);
    __asm__ volatile("" : "+r"(block)::"memory");
    return block;
}

static void *work(void *unused)
{
    void **blocks = calloc(SITES, sizeof *blocks);
    for (int turn = 0; turn < TURNS; turn++)
        for (unsigned i = 0; i < SITES; i++) {
            free(blocks[i]);
            blocks[i] = allocate(i, 13);
        }
    for (unsigned i = 0; i < SITES; i++)
        free(blocks[i]);
    free(blocks);
    return unused;
}

int main(void)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            return 1;
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
