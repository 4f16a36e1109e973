/* SPDX-License-Identifier: MIT */
/*
 * A heap full of pointers, and snapshots of it: mbytes=1024 of blocks of 48 to `largest` bytes, each pointing
 * to the one before and to two others at random, with integers between; snapshots=5 of all of it.
 */
#include "workload.h"

#include "preload/leakgraph.h"

struct node {
    struct node *before, *near, *far;
    uint64_t filling[];
};

int main(int argc, char **argv)
{
    (void)argc;
    uint64_t wanted = workload_number(argv, "mbytes", 1024) << 20, used = 0, count = 0;
    uint64_t largest = workload_number(argv, "largest", 352), random = 88172645463325252u;
    uint64_t room = wanted / 48 + 1;
    struct node **nodes = malloc(room * sizeof(*nodes)), *last = NULL;
    while (used < wanted) {
        uint64_t size = 48 + workload_random(&random) % (largest - 47) / 8 * 8;
        struct node *node = malloc(size);
        for (uint64_t i = 0; i < (size - sizeof(*node)) / 8; i++)
            node->filling[i] = i;
        node->before = last;
        node->near = count ? nodes[count - 1 - workload_random(&random) % (count < 64 ? count : 64)] : NULL;
        node->far = count ? nodes[workload_random(&random) % count] : NULL;
        nodes[count++] = last = node;
        used += size;
    }
    uint64_t start_ns = workload_now_ns();
    for (uint64_t i = workload_number(argv, "snapshots", 5); i > 0; i--)
        leakgraph_snapshot(NULL);
    printf("pairs=%lu blocks=%lu threads=1 stacks=2 loop_ns=%lu\n", (unsigned long)count,
           (unsigned long)count, (unsigned long)(workload_now_ns() - start_ns));
    return last == NULL;
}
