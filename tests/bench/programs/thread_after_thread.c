/* SPDX-License-Identifier: MIT */
/* thread_after_thread threads=N: threads one after another, each with ten pairs. */
#include <pthread.h>

#include "workload.h"

#define PAIRS_PER_THREAD 10

static void *some_pairs(void *unused)
{
    for (int i = 0; i < PAIRS_PER_THREAD; i++) {
        void *block = malloc(100);

        KEEP_POINTER(block);
        free(block);
    }
    return unused;
}

int main(int argc, char **argv)
{
    uint64_t threads = workload_number(argv, "threads", 10000);
    struct workload_result result = {
        .pairs = threads * PAIRS_PER_THREAD, .blocks = 1, .threads = 1, .stacks = 1};

    (void)argc;
    result.loop_ns = workload_now_ns();
    for (; threads; threads--) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, some_pairs, NULL))
            return 1;
        pthread_join(thread, NULL);
    }
    result.loop_ns = workload_now_ns() - result.loop_ns;
    workload_print(&result);
    return 0;
}
