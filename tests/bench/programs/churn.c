/* SPDX-License-Identifier: MIT */
/*
 * malloc+free pairs from call stacks of a chosen shape:
 *
 *     churn shape=SHAPE depth=D pairs=N threads=T stacks=S sizes=Z cross=1 mix=M
 *
 * same       one path of depth D, one call site
 * leaf       one path of depth D, sixteen call sites in turn at its end
 * tree       D frames whose last 8 (11 when D > 30) are a binary tree walked over and over: 256
 * (2,048) stacks random     depth-first walks of random trees down to depth D, a pair at every node
 * shuffled   S stacks of depth D that share nothing but luck, in random order
 * new        a random path of depth D each time: nearly every stack is new
 * distinct   S stacks of depth D one after the other, each with sizes 16, 32, ... (Z of them)
 *
 * The blocks have one of M sizes (a power of 2) at random, but for distinct. With cross=1 a thread
 * frees the blocks of its neighbour.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "workload.h"

#define MAILBOX_SLOTS 1024
#define MAX_THREADS 64

/* Two cache lines of its own: the threads shall have nothing in common that the tools have not. */
struct __attribute__((aligned(128))) walker {
    uint64_t left;   /* pairs still to do */
    uint64_t random; /* state of workload_random() */
    uint64_t stacks, sizes;
    unsigned depth, tree_levels;
    unsigned size_mask;
    size_t size_bytes;        /* 0: random */
    _Atomic(void *) *mailbox; /* the neighbour's, with cross=1 */
    void (*shape)(struct walker *walker);
};

static _Atomic(void *) mailboxes[MAX_THREADS][MAILBOX_SLOTS];

/* A stream of equal events would compress to nothing in a peer's recording. */
static inline size_t random_size(struct walker *walker)
{
    return ((workload_random(&walker->random) >> 32 & walker->size_mask) + 1) * 16;
}

static inline void one_pair(struct walker *walker)
{
    size_t size_bytes = walker->size_bytes ? walker->size_bytes : random_size(walker);
    void *block = malloc(size_bytes);

    KEEP_POINTER(block);
    if (walker->mailbox)
        block = atomic_exchange(&walker->mailbox[walker->left % MAILBOX_SLOTS], block);
    free(block);
    walker->left--;
}

/* An action at the end of a path; sixteen call sites tell its callers apart. */
__attribute__((noinline)) static void pair_of_a_leaf(struct walker *walker)
{
    one_pair(walker);
    KEEP_CALL(pair);
}

#define CASE(number, call)                                                                         \
    case number:                                                                                   \
        call;                                                                                      \
        KEEP_CALL(number);                                                                         \
        break;

/* Eight call sites per level: three bits of the path choose one. The path is used again after 64
 * levels. */
__attribute__((noinline)) static void descend(struct walker *walker, unsigned levels, uint64_t path)
{
    uint64_t rest = path >> 3 | path << 61;

    if (!levels) {
        pair_of_a_leaf(walker);
        KEEP_CALL(leaf);
        return;
    }
    switch (path & 7) {
        CASE(0, descend(walker, levels - 1, rest))
        CASE(1, descend(walker, levels - 1, rest))
        CASE(2, descend(walker, levels - 1, rest))
        CASE(3, descend(walker, levels - 1, rest))
        CASE(4, descend(walker, levels - 1, rest))
        CASE(5, descend(walker, levels - 1, rest))
        CASE(6, descend(walker, levels - 1, rest))
        CASE(7, descend(walker, levels - 1, rest))
    }
}

/* Frames that stay: shape() runs `levels` calls below. */
__attribute__((noinline)) static void below(struct walker *walker, unsigned levels,
                                            void (*shape)(struct walker *walker))
{
    if (levels)
        below(walker, levels - 1, shape);
    else
        shape(walker);
    KEEP_CALL(below);
}

static void same_loop(struct walker *walker)
{
    while (walker->left)
        one_pair(walker);
}

static void same(struct walker *walker)
{
    below(walker, walker->depth, same_loop);
}

static void leaf_loop(struct walker *walker)
{
    while (walker->left) {
        switch (walker->left & 15) {
            CASE(0, pair_of_a_leaf(walker))
            CASE(1, pair_of_a_leaf(walker))
            CASE(2, pair_of_a_leaf(walker))
            CASE(3, pair_of_a_leaf(walker))
            CASE(4, pair_of_a_leaf(walker))
            CASE(5, pair_of_a_leaf(walker))
            CASE(6, pair_of_a_leaf(walker))
            CASE(7, pair_of_a_leaf(walker))
            CASE(8, pair_of_a_leaf(walker))
            CASE(9, pair_of_a_leaf(walker))
            CASE(10, pair_of_a_leaf(walker))
            CASE(11, pair_of_a_leaf(walker))
            CASE(12, pair_of_a_leaf(walker))
            CASE(13, pair_of_a_leaf(walker))
            CASE(14, pair_of_a_leaf(walker))
            CASE(15, pair_of_a_leaf(walker))
        }
    }
}

static void leaf(struct walker *walker)
{
    below(walker, walker->depth - 1, leaf_loop);
}

__attribute__((noinline)) static void binary_tree(struct walker *walker, unsigned levels)
{
    if (!walker->left)
        return;
    if (!levels) {
        one_pair(walker);
        return;
    }
    binary_tree(walker, levels - 1);
    KEEP_CALL(left);
    binary_tree(walker, levels - 1);
    KEEP_CALL(right);
}

static void tree_loop(struct walker *walker)
{
    while (walker->left)
        binary_tree(walker, walker->tree_levels);
}

static void tree(struct walker *walker)
{
    walker->tree_levels = walker->depth > 30 ? 11 : 8;
    below(walker, walker->depth - walker->tree_levels, tree_loop);
}

/* One to three children, each through one of four call sites; a pair at every node. */
__attribute__((noinline)) static void random_tree(struct walker *walker, unsigned levels)
{
    unsigned children = (unsigned)(workload_random(&walker->random) >> 8) % 3 + 1;

    if (!walker->left)
        return;
    one_pair(walker);
    for (; levels && children; children--) {
        switch (workload_random(&walker->random) >> 20 & 3) {
            CASE(0, random_tree(walker, levels - 1))
            CASE(1, random_tree(walker, levels - 1))
            CASE(2, random_tree(walker, levels - 1))
            CASE(3, random_tree(walker, levels - 1))
        }
    }
}

static void random_trees(struct walker *walker)
{
    while (walker->left)
        random_tree(walker, walker->depth);
}

/* splitmix64's finisher: the n-th stack's path, all levels of it. */
static uint64_t path_of(uint64_t number)
{
    number = (number + 1) * 0x9e3779b97f4a7c15u;
    number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9u;
    number = (number ^ number >> 27) * 0x94d049bb133111ebu;
    return number ^ number >> 31;
}

static void shuffled(struct walker *walker)
{
    while (walker->left)
        descend(walker, walker->depth, path_of(workload_random(&walker->random) % walker->stacks));
}

static void mostly_new(struct walker *walker)
{
    while (walker->left)
        descend(walker, walker->depth, workload_random(&walker->random));
}

static void distinct(struct walker *walker)
{
    for (uint64_t size = 1; walker->left; size = size % walker->sizes + 1) {
        walker->size_bytes = 16 * size;
        for (uint64_t stack = 0; stack < walker->stacks && walker->left; stack++)
            descend(walker, walker->depth, stack);
    }
}

enum stacks { UNKNOWN, ONE, LEAVES, TREE_LEAVES, AS_WANTED };

static const struct shape {
    const char *name;
    void (*run)(struct walker *walker);
    enum stacks stacks;
} shapes[] = {
    {"same", same, ONE},
    {"leaf", leaf, LEAVES},
    {"tree", tree, TREE_LEAVES},
    {"random", random_trees, UNKNOWN},
    {"shuffled", shuffled, AS_WANTED},
    {"new", mostly_new, UNKNOWN},
    {"distinct", distinct, AS_WANTED},
};

static uint64_t stack_count(const struct shape *shape, const struct walker *walker)
{
    switch (shape->stacks) {
    case ONE:
        return 1;
    case LEAVES:
        return 16;
    case TREE_LEAVES:
        return (uint64_t)1 << walker->tree_levels;
    case AS_WANTED:
        return walker->stacks;
    default:
        return 0;
    }
}

static void *run_walker(void *walker_)
{
    struct walker *walker = walker_;

    walker->shape(walker);
    return NULL;
}

static void run_threads(struct walker *walkers, unsigned count)
{
    pthread_t threads[MAX_THREADS];

    if (count == 1) {
        run_walker(&walkers[0]);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, run_walker, &walkers[i]))
            abort();
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    struct walker walkers[MAX_THREADS] = {0};
    struct workload_result result = {.pairs = workload_number(argv, "pairs", 1000000)};
    const char *wanted = workload_text(argv, "shape", "same");
    unsigned threads = (unsigned)workload_number(argv, "threads", 1);
    bool cross = workload_number(argv, "cross", 0);
    const struct shape *shape = NULL;

    (void)argc;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (!strcmp(shapes[i].name, wanted))
            shape = &shapes[i];
    if (!shape || !threads || threads > MAX_THREADS)
        return 2;
    for (unsigned i = 0; i < threads; i++) {
        walkers[i].left = result.pairs / threads;
        walkers[i].random = 88172645463325252u + i;
        walkers[i].stacks = workload_number(argv, "stacks", 3000);
        walkers[i].sizes = workload_number(argv, "sizes", 1);
        walkers[i].depth = (unsigned)workload_number(argv, "depth", 8);
        walkers[i].mailbox = cross ? mailboxes[(i + 1) % threads] : NULL;
        walkers[i].size_mask = (unsigned)workload_number(argv, "mix", 16) - 1;
        walkers[i].shape = shape->run;
    }
    result.loop_ns = workload_now_ns();
    run_threads(walkers, threads);
    result.loop_ns = workload_now_ns() - result.loop_ns;
    result.threads = threads;
    result.stacks = stack_count(shape, &walkers[0]);
    result.blocks = cross ? threads * MAILBOX_SLOTS : threads;
    workload_print(&result);
    return 0;
}
