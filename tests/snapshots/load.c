/* SPDX-License-Identifier: MIT */
/*
 * load SNAPSHOTS: everything at once. Threads that allocate at full speed and look after their blocks, one
 * that reallocates, one that loads and unloads a library, one that forks, an alarm whose handler
 * allocates; and so many snapshots meanwhile. What it prints is the same with and without the recorder,
 * and at the end every block has been freed or is held.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "preload/leakgraph.h"

enum { WORKERS = 3, WINDOW = 512, ROUNDS = 60000 };

struct block {
    struct block *next;
    uint32_t length, mark;
    unsigned char bytes[];
};

static atomic_int stop, torn, forks_failed;
static atomic_long rounds[WORKERS];
static int libraries[2];

static uint32_t random_number(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static struct block *make(uint32_t *state)
{
    uint32_t length = 8 + random_number(state) % 300;
    struct block *block = malloc(sizeof *block + length);
    block->length = length;
    block->mark = random_number(state);
    block->next = NULL;
    memset(block->bytes, (int)(block->mark & 255), length);
    return block;
}

static uint64_t take_apart(struct block *block)
{
    uint64_t sum = block->length;
    for (uint32_t i = 0; i < block->length; i++)
        if (block->bytes[i] != (block->mark & 255))
            atomic_store(&torn, 1);
    sum = sum * 31 + block->mark;
    free(block);
    return sum;
}

/* A list of WINDOW blocks, first in, first out; the sum depends on nothing but the number of rounds. */
static void *work(void *argument)
{
    long worker = (long)argument;
    uint32_t state = (uint32_t)worker + 1;
    uint64_t sum = 0;
    struct block *first = make(&state), *last = first;
    for (int i = 1; i < WINDOW; i++)
        last = last->next = make(&state);
    for (long round = 0; round < ROUNDS || !atomic_load(&stop); round++) {
        struct block *old = first;
        last = last->next = make(&state);
        first = first->next;
        uint64_t part = take_apart(old);
        if (round < ROUNDS)
            sum = sum * 1000003 + part;
        atomic_store(&rounds[worker], round);
    }
    while (first) {
        struct block *next = first->next;
        take_apart(first);
        first = next;
    }
    return (void *)(uintptr_t)sum;
}

static void *reallocate(void *argument)
{
    (void)argument;
    uint64_t sum = 0;
    unsigned char *bytes = malloc(1);
    size_t size = 1;
    bytes[0] = 7;
    for (uint32_t state = 99; !atomic_load(&stop);) {
        size_t wanted = 1 + random_number(&state) % (random_number(&state) % 50 ? 4000 : 400000);
        bytes = realloc(bytes, wanted);
        sum |= bytes[0] != 7; /* the first byte always survives */
        size = wanted;
    }
    sum |= size == 0;
    free(bytes);
    return (void *)(uintptr_t)sum;
}

static void *load_libraries(void *argument)
{
    while (!atomic_load(&stop)) {
        void *library = dlopen(argument, RTLD_NOW);
        libraries[library != NULL]++;
        if (library)
            dlclose(library);
        usleep(500);
    }
    return NULL;
}

static void *fork_children(void *argument)
{
    (void)argument;
    while (!atomic_load(&stop)) {
        pid_t child = fork();
        if (child == 0) {
            void *volatile block = malloc(1000);
            free(block);
            _exit(leakgraph_snapshot("in a child") >= 0 ? 5 : 6);
        }
        int status = 0;
        if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 5)
            atomic_fetch_add(&forks_failed, 1);
        usleep(20000);
    }
    return NULL;
}

static void on_alarm(int number)
{
    static char *volatile kept;
    (void)number;
    kept = kept ? NULL : "x";
}

int main(int count, char **arguments)
{
    int wanted = count > 1 ? atoi(arguments[1]) : 200, taken = 0;
    pthread_t workers[WORKERS], others[3];
    struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
    void *result;
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &often, NULL);
    for (long i = 0; i < WORKERS; i++)
        pthread_create(&workers[i], NULL, work, (void *)i);
    pthread_create(&others[0], NULL, reallocate, NULL);
    pthread_create(&others[1], NULL, load_libraries, "libanl.so.1");
    pthread_create(&others[2], NULL, fork_children, NULL);
    for (int i = 0; i < wanted; i++)
        taken += leakgraph_snapshot(NULL) > 0;
    for (int i = 0; i < WORKERS; i++)
        while (atomic_load(&rounds[i]) < ROUNDS)
            usleep(1000);
    atomic_store(&stop, 1);
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i], &result);
        printf("worker %d: %016lx\n", i, (unsigned long)(uintptr_t)result);
    }
    pthread_join(others[0], &result);
    pthread_join(others[1], NULL);
    pthread_join(others[2], NULL);
    setitimer(ITIMER_REAL, &never, NULL);
    printf("torn %d, lost in realloc %d, forks that failed %d, libraries that did not load %d\n",
           atomic_load(&torn), (int)(uintptr_t)result, atomic_load(&forks_failed), libraries[0]);
    if (getenv("LEAKGRAPH_OUT") && taken != wanted)
        fprintf(stderr, "%d of %d snapshots\n", taken, wanted);
    return 0;
}
