/* SPDX-License-Identifier: MIT */
/* What would go if several leaks went together: against a plain reference that takes them out and
 * looks what is still led to. */
#include "analyzer/graph/holdings.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"

static struct arena *arena;

static void set_up(void)
{
    arena = arena_new();
    ck_assert_ptr_nonnull(arena);
}

static void tear_down(void)
{
    arena_free(arena);
}

enum { MOST_NODES = 12, MOST_EDGES = 4 * MOST_NODES };

/* A graph without roots, so that all of it is leaked, with the arrays it points to. */
struct lost_graph {
    struct graph graph;
    uint64_t sizes[MOST_NODES];
    uint32_t sites[MOST_NODES];
    uint8_t flags[MOST_NODES];
    uint32_t edge_starts[MOST_NODES + 1], targets[MOST_EDGES];
    struct leak_graph leaks;
};

static bool nothing_is_suppressed(uint32_t node, uint32_t site, void *context)
{
    (void)node, (void)site, (void)context;
    return false;
}

static void random_graph(struct lost_graph *lost, unsigned seed)
{
    srandom(seed);
    memset(lost, 0, sizeof *lost);
    uint32_t count = 1 + (uint32_t)random() % MOST_NODES, edges = 0;
    for (uint32_t node = 0; node < count; node++) {
        lost->sizes[node] = UINT64_C(1) << node; /* a sum tells which are in it */
        for (long more = random() % 4; more > 0; more--)
            lost->targets[edges++] = (uint32_t)random() % count;
        lost->edge_starts[node + 1] = edges;
    }
    lost->graph = (struct graph){
        .node_count = count,
        .edge_count = edges,
        .sizes = lost->sizes,
        .sites = lost->sites,
        .flags = lost->flags,
        .edge_starts = lost->edge_starts,
        .targets = lost->targets,
    };
    leak_graph_build(&lost->leaks, arena, &lost->graph, nothing_is_suppressed, NULL);
}

/* --- the reference --- */

/* The nodes that `from` leads to, itself included, without a step into `without`. */
static uint64_t led_to(const struct lost_graph *lost, uint64_t from, uint64_t without)
{
    uint64_t found = from & ~without, before;
    do {
        before = found;
        for (uint32_t node = 0; node < lost->graph.node_count; node++)
            for (uint32_t edge = lost->edge_starts[node];
                 found >> node & 1 && edge < lost->edge_starts[node + 1]; edge++)
                found |= UINT64_C(1) << lost->targets[edge] & ~without;
    } while (found != before);
    return found;
}

static uint64_t component_nodes(const struct lost_graph *lost, uint32_t component)
{
    const struct components *components = &lost->leaks.components;
    uint64_t nodes = 0;
    for (uint32_t i = components->starts[component]; i < components->starts[component + 1]; i++)
        nodes |= UINT64_C(1) << components->nodes[i];
    return nodes;
}

/* What nothing outside of the seeds points to is where the program lost its memory. */
static uint64_t sources(const struct lost_graph *lost)
{
    uint64_t all = 0;
    for (uint32_t component = 0; component < lost->leaks.components.count; component++)
        if (lost->leaks.edges_into[component] == 0)
            all |= component_nodes(lost, component);
    return all;
}

START_TEST(random_graphs_agree_with_a_plain_reference)
{
    struct lost_graph lost;
    for (unsigned seed = (unsigned)_i * 500; seed < (unsigned)(_i + 1) * 500; seed++) {
        random_graph(&lost, seed);
        struct holdings *holdings = holdings_new(arena, &lost.leaks);
        for (int round = 0; round < 4; round++) {
            uint64_t seeds = 0;
            holdings_begin(holdings);
            for (long more = random() % 4; more >= 0; more--) {
                uint32_t component = (uint32_t)random() % lost.leaks.components.count;
                seeds |= component_nodes(&lost, component);
                holdings_seed(holdings, component);
            }
            const struct holding *held = holdings_follow(holdings, true);
            uint64_t all = led_to(&lost, seeds, 0);
            uint64_t others = led_to(&lost, sources(&lost) & ~seeds, seeds);
            ck_assert_msg(held->amount.bytes == (all & ~others), "held, seed %u", seed);
            ck_assert_msg(held->shared.bytes == (all & others), "shared, seed %u", seed);
            ck_assert_uint_eq(held->amount.blocks,
                              (unsigned)__builtin_popcountll(held->amount.bytes));
            ck_assert_uint_eq(held->count >= held->seed_count, 1);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("holdings");
    TCase *tests = tcase_create("random");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, random_graphs_agree_with_a_plain_reference, 0, 10);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
