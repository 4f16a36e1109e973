/* SPDX-License-Identifier: MIT */
/* Which blocks are leaked, in which class, and what they retain; against a plain reference too. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/fixture.h"
#include "tests/suite.h"

enum { BLOCK_BYTES = 64 };

static const struct process *analyse(void)
{
    const struct process *process = fixture_analyse();
    ck_assert(process->leaks.checked);
    return process;
}

/* A block from a site of its own, so that every leak is a group of one. */
static uint32_t block(void)
{
    static uint64_t pc = 0x1000;
    return builder_node(builder, BLOCK_BYTES, builder_simple_site(builder, pc += 0x10));
}

static void points_to(uint32_t from, uint64_t offset, uint32_t to)
{
    builder_edge(builder, from, offset, to, 0);
}

static void assert_blocks(uint64_t direct, uint64_t indirect, uint64_t cycle, uint64_t reachable)
{
    const struct leaks *leaks = &analyse()->leaks;
    ck_assert_uint_eq(leaks->direct.blocks, direct);
    ck_assert_uint_eq(leaks->indirect.blocks, indirect);
    ck_assert_uint_eq(leaks->cycle.blocks, cycle);
    ck_assert_uint_eq(leaks->reachable.blocks, reachable);
    ck_assert_uint_eq(leaks->all.blocks, direct + indirect + cycle);
    ck_assert_uint_eq(leaks->all.bytes, (direct + indirect + cycle) * BLOCK_BYTES);
}

START_TEST(nothing_allocated_is_nothing_leaked)
{
    assert_blocks(0, 0, 0, 0);
}
END_TEST

START_TEST(what_a_root_reaches_is_no_leak)
{
    uint32_t first = block(), second = block();
    builder_root(builder, first);
    points_to(first, 8, second);
    assert_blocks(0, 0, 0, 2);
}
END_TEST

START_TEST(block_of_the_loader_is_a_root)
{
    uint32_t first = block(), second = block();
    builder_node_is_root(builder, first);
    points_to(first, 8, second);
    assert_blocks(0, 0, 0, 2);
}
END_TEST

START_TEST(head_of_a_lost_chain_is_direct_the_rest_indirect)
{
    uint32_t first = block(), second = block(), third = block();
    points_to(first, 0, second);
    points_to(second, 0, third);
    assert_blocks(1, 2, 0, 0);
    const struct leak *biggest = &session->processes[0].leaks.sites[0];
    ck_assert_int_eq(biggest->class, LEAK_DIRECT);
    ck_assert_uint_eq(biggest->retained_bytes, 3 * BLOCK_BYTES);
}
END_TEST

START_TEST(pointer_into_its_own_block_is_no_cycle)
{
    uint32_t only = block();
    builder_edge(builder, only, 0, only, 16);
    assert_blocks(1, 0, 0, 0);
}
END_TEST

START_TEST(block_that_points_to_itself_is_a_cycle)
{
    uint32_t only = block();
    points_to(only, 16, only);
    assert_blocks(0, 0, 1, 0);
}
END_TEST

START_TEST(interior_pointers_hold)
{
    uint32_t first = block(), second = block();
    builder_edge(builder, first, 0, second, 24);
    builder_edge(builder, second, 0, first, BLOCK_BYTES);
    assert_blocks(0, 0, 2, 0);
}
END_TEST

START_TEST(chain_into_a_cycle_is_direct_and_cycle)
{
    uint32_t head = block(), one = block(), other = block(), tail = block();
    points_to(head, 0, one);
    points_to(one, 0, other);
    points_to(other, 0, one);
    points_to(other, 8, tail);
    assert_blocks(1, 1, 2, 0);
}
END_TEST

START_TEST(reachable_cycle_is_no_leak)
{
    uint32_t one = block(), other = block();
    points_to(one, 0, other);
    points_to(other, 0, one);
    builder_root(builder, other);
    assert_blocks(0, 0, 0, 2);
}
END_TEST

START_TEST(what_two_leaks_hold_neither_retains)
{
    uint32_t one = block(), other = block(), shared = block();
    points_to(one, 0, shared);
    points_to(other, 0, shared);
    assert_blocks(2, 1, 0, 0);
    const struct leaks *leaks = &session->processes[0].leaks;
    for (size_t i = 0; i < leaks->site_count; i++)
        ck_assert_uint_eq(leaks->sites[i].retained_bytes, BLOCK_BYTES);
}
END_TEST

START_TEST(group_does_not_count_nested_blocks_twice)
{
    uint32_t site = builder_simple_site(builder, 0x10);
    uint32_t previous = builder_node(builder, BLOCK_BYTES, site);
    for (int i = 0; i < 9; i++) {
        uint32_t next = builder_node(builder, BLOCK_BYTES, site);
        points_to(previous, 0, next);
        previous = next;
    }
    assert_blocks(1, 9, 0, 0);
    const struct leaks *leaks = &session->processes[0].leaks;
    ck_assert_uint_eq(leaks->site_count, 2);
    ck_assert_int_eq(leaks->sites[0].class, LEAK_DIRECT);
    ck_assert_uint_eq(leaks->sites[0].retained_bytes, 10 * BLOCK_BYTES);
    ck_assert_uint_eq(leaks->sites[1].retained_bytes, 9 * BLOCK_BYTES);
    ck_assert_uint_eq(leaks->sites[0].site->figures.leaked_blocks, 10);
}
END_TEST

START_TEST(freed_after_the_snapshot_is_no_leak)
{
    uint32_t gone = block();
    block();
    builder_freed(builder, gone);
    assert_blocks(1, 0, 0, 0);
}
END_TEST

START_TEST(freed_block_still_led_to_what_was_reachable)
{
    uint32_t gone = block(), kept = block();
    builder_root(builder, gone);
    points_to(gone, 0, kept);
    builder_freed(builder, gone);
    assert_blocks(0, 0, 0, 1);
}
END_TEST

START_TEST(freed_block_makes_nothing_indirect_and_no_cycle)
{
    uint32_t gone = block(), left = block();
    points_to(gone, 0, left);
    points_to(left, 0, gone);
    builder_freed(builder, gone);
    assert_blocks(1, 0, 0, 0);
}
END_TEST

START_TEST(addresses_freed_that_were_no_block_do_not_matter)
{
    uint32_t only = block();
    builder_freed(builder, only);
    builder_freed(builder, only);
    uint32_t later = block();
    builder_freed(builder, later);
    assert_blocks(0, 0, 0, 0);
}
END_TEST

/* --- the runtime's own blocks --- */

static uint32_t module(const char *name, uint32_t flags)
{
    return builder_module(builder, &(struct recording_module){
                                       .path = builder_string(builder, name, strlen(name)),
                                       .end = 1 << 20,
                                       .flags = flags,
                                   });
}

START_TEST(emergency_pool_of_libstdcxx_is_suppressed_with_what_it_holds)
{
    uint32_t loader = module("/lib64/ld-linux-x86-64.so.2", RECORDING_MODULE_LOADER);
    uint32_t runtime = module("/usr/lib/libstdc++.so.6", 0);
    uint32_t outer = builder_stack(builder, 0, 0x100, loader);
    uint32_t inner = builder_stack(builder, outer, 0x200, runtime);
    uint32_t pool = builder_node(builder, 73728, builder_site(builder, inner)), held = block();
    points_to(pool, 8, held);
    assert_blocks(0, 0, 0, 0);
    const struct leaks *leaks = &session->processes[0].leaks;
    ck_assert_uint_eq(leaks->suppressed.blocks, 2);
    ck_assert_uint_eq(leaks->suppressed.bytes, 73728 + BLOCK_BYTES);
}
END_TEST

START_TEST(what_libstdcxx_allocates_for_the_program_is_not_suppressed)
{
    uint32_t runtime = module("/usr/lib/libstdc++.so.6", 0);
    uint32_t outer = builder_stack(builder, 0, 0x100, 0);
    uint32_t inner = builder_stack(builder, outer, 0x200, runtime);
    builder_node(builder, BLOCK_BYTES, builder_site(builder, inner));
    assert_blocks(1, 0, 0, 0);
}
END_TEST

START_TEST(what_the_loader_allocates_is_suppressed)
{
    uint32_t loader = module("/lib64/ld-linux-x86-64.so.2", RECORDING_MODULE_LOADER);
    uint32_t outer = builder_stack(builder, 0, 0x100, 0);
    uint32_t inner = builder_stack(builder, outer, 0x200, loader);
    builder_node(builder, BLOCK_BYTES, builder_site(builder, inner));
    assert_blocks(0, 0, 0, 0);
}
END_TEST

/* --- against a reference --- */

enum { MOST_NODES = 14 };

struct reference {
    int count;
    bool edges[MOST_NODES][MOST_NODES], reaches[MOST_NODES][MOST_NODES];
    bool is_root[MOST_NODES], freed[MOST_NODES], leaked[MOST_NODES];
    uint64_t sizes[MOST_NODES], pcs[MOST_NODES];
};

/* Floyd and Warshall's closure, over the nodes that count. */
static void close_over(struct reference *reference, const bool *counts)
{
    int count = reference->count;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < count; k++)
            reference->reaches[i][k] = counts[i] && counts[k] && reference->edges[i][k];
    for (int via = 0; via < count; via++)
        for (int i = 0; i < count; i++)
            for (int k = 0; k < count; k++)
                reference->reaches[i][k] |=
                    reference->reaches[i][via] && reference->reaches[via][k];
}

static void find_leaked(struct reference *reference)
{
    bool everything[MOST_NODES];
    memset(everything, true, sizeof everything);
    close_over(reference, everything);
    for (int node = 0; node < reference->count; node++) {
        bool reached = reference->is_root[node];
        for (int root = 0; root < reference->count; root++)
            reached |= reference->is_root[root] && reference->reaches[root][node];
        reference->leaked[node] = !reached && !reference->freed[node];
    }
    close_over(reference, reference->leaked);
}

static enum leak_class class_of(const struct reference *reference, int node)
{
    if (reference->reaches[node][node])
        return LEAK_CYCLE;
    for (int other = 0; other < reference->count; other++)
        if (reference->leaked[other] && reference->edges[other][node])
            return LEAK_INDIRECT;
    return LEAK_DIRECT;
}

static bool together(const struct reference *reference, int one, int other)
{
    return one == other || (reference->reaches[one][other] && reference->reaches[other][one]);
}

/* Does nothing outside of its component point to it? */
static bool is_source(const struct reference *reference, int node)
{
    for (int other = 0; other < reference->count; other++)
        if (reference->leaked[other] && reference->reaches[other][node] &&
            !together(reference, other, node))
            return false;
    return true;
}

/* Bytes that no source reaches any more when the node's component is taken away. */
static uint64_t retained_by(const struct reference *reference, int node)
{
    struct reference rest = *reference;
    bool counts[MOST_NODES];
    uint64_t bytes = 0;
    for (int i = 0; i < reference->count; i++)
        counts[i] = reference->leaked[i] && !together(reference, i, node);
    close_over(&rest, counts);
    for (int i = 0; i < reference->count; i++) {
        bool kept = counts[i] && is_source(reference, i);
        for (int source = 0; source < reference->count; source++)
            kept |= counts[i] && counts[source] && is_source(reference, source) &&
                    rest.reaches[source][i];
        bytes += reference->leaked[i] && !kept ? reference->sizes[i] : 0;
    }
    return bytes;
}

static struct reference random_graph(unsigned seed)
{
    struct reference reference = {0};
    srandom(seed);
    reference.count = 1 + (int)(random() % MOST_NODES);
    long density = 1 + random() % 4;
    for (int i = 0; i < reference.count; i++) {
        reference.is_root[i] = random() % 12 == 0;
        reference.freed[i] = random() % 10 == 0;
        reference.sizes[i] = 8u * MOST_NODES + (uint64_t)random() % 1000;
        for (int k = 0; k < reference.count; k++)
            reference.edges[i][k] = random() % (reference.count + 2) < density - (i == k);
    }
    return reference;
}

static void build(struct reference *reference)
{
    for (int i = 0; i < reference->count; i++) {
        reference->pcs[i] = 0x1000 + 0x10 * (uint64_t)i;
        uint32_t site = builder_simple_site(builder, reference->pcs[i]);
        uint32_t node = builder_node(builder, reference->sizes[i], site);
        if (reference->is_root[i] && i % 2)
            builder_root(builder, node);
        else if (reference->is_root[i])
            builder_node_is_root(builder, node);
        if (reference->freed[i])
            builder_freed(builder, node);
    }
    for (int i = 0; i < reference->count; i++)
        for (int k = 0; k < reference->count; k++)
            if (reference->edges[i][k])
                builder_edge(builder, (uint32_t)i, (uint64_t)k * 8, (uint32_t)k,
                             i == k ? 0 : (uint64_t)(i + k) % 3);
}

static const struct leak *leak_of(const struct leaks *leaks, const struct reference *reference,
                                  int node)
{
    for (size_t i = 0; i < leaks->site_count; i++)
        if (leaks->sites[i].site->stack.frames[0].offset == reference->pcs[node] - 1)
            return &leaks->sites[i];
    return NULL;
}

START_TEST(random_graphs_agree_with_a_plain_reference)
{
    for (unsigned seed = (unsigned)_i * 100; seed < (unsigned)(_i + 1) * 100; seed++) {
        struct reference reference = random_graph(seed);
        builder_free(builder);
        builder = builder_new();
        builder_cut_streams(builder, seed % 3 ? seed % 17 + 1 : 0);
        build(&reference);
        find_leaked(&reference);
        const struct leaks *leaks = &analyse()->leaks;
        for (int node = 0; node < reference.count; node++) {
            const struct leak *leak = leak_of(leaks, &reference, node);
            ck_assert_msg(!leak == !reference.leaked[node], "seed %u: block %d", seed, node);
            if (!leak)
                continue;
            ck_assert_msg(leak->class == class_of(&reference, node), "seed %u: class of %d", seed,
                          node);
            ck_assert_msg(leak->retained_bytes == retained_by(&reference, node),
                          "seed %u: block %d retains %lu, not %lu", seed, node,
                          leak->retained_bytes, retained_by(&reference, node));
        }
    }
}
END_TEST

/* --- size: the suite's time limit fails what is not about linear --- */

enum { MANY = 1000000 };

static void many_blocks(void)
{
    uint32_t site = builder_simple_site(builder, 0x10);
    for (int i = 0; i < MANY; i++)
        builder_node(builder, BLOCK_BYTES, site);
}

#ifndef __SANITIZE_ADDRESS__
static rlim_t memory_in_use(void)
{
    rlim_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    return pages * (rlim_t)sysconf(_SC_PAGESIZE);
}
#endif

START_TEST(chain_of_a_million)
{
    many_blocks();
    for (uint32_t i = 0; i + 1 < MANY; i++)
        points_to(i, 0, i + 1);
    assert_blocks(1, MANY - 1, 0, 0);
    ck_assert_uint_eq(session->processes[0].leaks.sites[0].retained_bytes,
                      (uint64_t)MANY * BLOCK_BYTES);
}
END_TEST

START_TEST(doubly_linked_list_of_a_million)
{
    many_blocks();
    for (uint32_t i = 0; i + 1 < MANY; i++) {
        points_to(i, 0, i + 1);
        points_to(i + 1, 8, i);
    }
    assert_blocks(0, 0, MANY, 0);
    ck_assert_uint_eq(session->processes[0].cycles_total, 1);
}
END_TEST

START_TEST(chain_whose_ends_share_a_million_blocks)
{
    /* Quadratic for algorithms that walk the dominator tree step by step. */
    enum { CHAIN = MANY / 2 };
    uint32_t site = builder_simple_site(builder, 0x10);
    for (uint32_t i = 0; i < MANY; i++)
        builder_node(builder, i == 0 || i == CHAIN - 1 ? 8u * MANY : BLOCK_BYTES, site);
    for (uint32_t i = 0; i + 1 < CHAIN; i++)
        points_to(i, 0, i + 1);
    for (uint32_t i = CHAIN; i < MANY; i++) {
        points_to(0, (uint64_t)i * 8, i);
        points_to(CHAIN - 1, (uint64_t)i * 8, i);
    }
    ck_assert_uint_eq(analyse()->leaks.direct.blocks, 1);
    ck_assert_uint_eq(session->processes[0].leaks.indirect.blocks, MANY - 1);
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* needs more addresses than it may have here */
START_TEST(too_little_memory_is_an_error_and_no_crash)
{
    struct error error = {0};
    many_blocks();
    builder_save(builder, path);
    /* From nearly nothing up to enough: memory runs out in every part of the analysis. */
    for (rlim_t room = 1 << 20;; room += 4 << 20) {
        struct rlimit limit = {0}, before;
        getrlimit(RLIMIT_AS, &before);
        limit.rlim_cur = memory_in_use() + room;
        limit.rlim_max = before.rlim_max;
        ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
        session = session_load(path, NULL, &error);
        ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
        if (session)
            break;
        ck_assert_ptr_nonnull(strstr(error.message, "1.0.lgr: not enough memory"));
        ck_assert_uint_lt(room, 1u << 30);
    }
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("leaks");
    TCase *small = tcase_create("small"), *random_graphs = tcase_create("random"),
          *large = tcase_create("large");
    tcase_add_checked_fixture(small, fixture_set_up, fixture_tear_down);
    tcase_add_test(small, nothing_allocated_is_nothing_leaked);
    tcase_add_test(small, what_a_root_reaches_is_no_leak);
    tcase_add_test(small, block_of_the_loader_is_a_root);
    tcase_add_test(small, head_of_a_lost_chain_is_direct_the_rest_indirect);
    tcase_add_test(small, block_that_points_to_itself_is_a_cycle);
    tcase_add_test(small, pointer_into_its_own_block_is_no_cycle);
    tcase_add_test(small, interior_pointers_hold);
    tcase_add_test(small, chain_into_a_cycle_is_direct_and_cycle);
    tcase_add_test(small, reachable_cycle_is_no_leak);
    tcase_add_test(small, what_two_leaks_hold_neither_retains);
    tcase_add_test(small, group_does_not_count_nested_blocks_twice);
    tcase_add_test(small, freed_after_the_snapshot_is_no_leak);
    tcase_add_test(small, freed_block_still_led_to_what_was_reachable);
    tcase_add_test(small, freed_block_makes_nothing_indirect_and_no_cycle);
    tcase_add_test(small, addresses_freed_that_were_no_block_do_not_matter);
    tcase_add_test(small, emergency_pool_of_libstdcxx_is_suppressed_with_what_it_holds);
    tcase_add_test(small, what_libstdcxx_allocates_for_the_program_is_not_suppressed);
    tcase_add_test(small, what_the_loader_allocates_is_suppressed);
    tcase_add_checked_fixture(random_graphs, fixture_set_up, fixture_tear_down);
    tcase_add_loop_test(random_graphs, random_graphs_agree_with_a_plain_reference, 0, 20);
    tcase_set_timeout(random_graphs, 60);
    tcase_add_checked_fixture(large, fixture_set_up, fixture_tear_down);
    tcase_add_test(large, chain_of_a_million);
    tcase_add_test(large, doubly_linked_list_of_a_million);
    tcase_add_test(large, chain_whose_ends_share_a_million_blocks);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test(large, too_little_memory_is_an_error_and_no_crash);
#endif
    tcase_set_timeout(large, 60);
    suite_add_tcase(suite, small);
    suite_add_tcase(suite, random_graphs);
    suite_add_tcase(suite, large);
    return suite_run(suite);
}
