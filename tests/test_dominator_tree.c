/* SPDX-License-Identifier: MIT */
/* Who holds what in the reachable graph: against a plain reference, and linear in the size of the
 * graph. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analyzer/graph/components.h"
#include "analyzer/graph/dominator_tree.h"
#include "tests/graph_recording.h"
#include "tests/recording_builder.h"
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

/* --- small graphs --- */

enum { MOST_NODES = 14, MOST_EDGES = 4 * MOST_NODES };

/* A graph with the arrays it points to. */
struct small_graph {
    struct graph graph;
    uint64_t sizes[MOST_NODES];
    uint8_t flags[MOST_NODES];
    uint32_t edge_starts[MOST_NODES + 1], targets[MOST_EDGES], roots[MOST_NODES];
};

static void init_graph(struct small_graph *small, uint32_t node_count)
{
    memset(small, 0, sizeof *small);
    small->graph = (struct graph){
        .node_count = node_count,
        .sizes = small->sizes,
        .flags = small->flags,
        .edge_starts = small->edge_starts,
        .targets = small->targets,
        .roots = small->roots,
    };
    for (uint32_t node = 0; node < node_count; node++)
        small->sizes[node] = UINT64_C(1) << node; /* a sum tells who is in it */
}

static void add_root(struct small_graph *small, uint32_t node)
{
    small->roots[small->graph.root_count++] = node;
}

/* Node after node. */
static void add_edge(struct small_graph *small, uint32_t from, uint32_t to)
{
    small->targets[small->graph.edge_count++] = to;
    for (uint32_t node = from + 1; node <= small->graph.node_count; node++)
        small->edge_starts[node] = small->graph.edge_count;
}

static void random_graph(struct small_graph *small, unsigned seed)
{
    srand(seed);
    init_graph(small, 1 + (uint32_t)rand() % MOST_NODES);
    uint32_t count = small->graph.node_count;
    for (uint32_t node = 0; node < count; node++) {
        for (int edges = rand() % 4; edges > 0; edges--)
            add_edge(small, node, (uint32_t)rand() % count);
        if (rand() % 6 == 0)
            small->flags[node] |= GRAPH_FREED;
        if (rand() % 8 == 0)
            small->flags[node] |= GRAPH_IS_ROOT;
        if (rand() % 5 == 0)
            add_root(small, node);
    }
}

/* What the roots reach when `without` is not there, as a set of nodes. */
static unsigned reach_without(const struct graph *graph, uint32_t without)
{
    unsigned reached = 0, before;
    for (uint32_t i = 0; i < graph->root_count; i++)
        reached |= 1u << graph->roots[i];
    for (uint32_t node = 0; node < graph->node_count; node++)
        if (graph->flags[node] & GRAPH_IS_ROOT)
            reached |= 1u << node;
    do {
        before = reached;
        if (without < graph->node_count)
            reached &= ~(1u << without);
        for (uint32_t node = 0; node < graph->node_count; node++)
            for (uint32_t i = graph->edge_starts[node]; i < graph->edge_starts[node + 1]; i++)
                if (reached >> node & 1 && graph->targets[i] != without)
                    reached |= 1u << graph->targets[i];
    } while (reached != before);
    return reached;
}

static unsigned counted(const struct graph *graph, unsigned nodes)
{
    for (uint32_t node = 0; node < graph->node_count; node++)
        if (graph->flags[node] & GRAPH_FREED)
            nodes &= ~(1u << node);
    return nodes;
}

static bool is_above(const struct dominator_tree *tree, uint32_t holder, uint32_t node)
{
    while (node < MOST_NODES && node != holder)
        node = tree->parents[node];
    return node == holder;
}

static void compare_with_reference(const struct graph *graph, unsigned seed)
{
    struct dominator_tree tree;
    unsigned reached = reach_without(graph, MOST_NODES);
    dominator_tree_find(&tree, arena, graph);
    ck_assert_uint_eq(tree.reached_count, (uint32_t)__builtin_popcount(reached));
    for (uint32_t holder = 0; holder < graph->node_count; holder++) {
        unsigned held = reached & ~reach_without(graph, holder);
        ck_assert_msg((tree.parents[holder] == DOMINATOR_NONE) == !(reached >> holder & 1),
                      "seed %u: block %u", seed, holder);
        ck_assert_msg(tree.retained[holder] == counted(graph, held),
                      "seed %u: block %u retains %lx, not %x", seed, holder, tree.retained[holder],
                      counted(graph, held));
        for (uint32_t node = 0; node < graph->node_count; node++)
            if (reached >> node & 1)
                ck_assert_msg(is_above(&tree, holder, node) == (held >> node & 1),
                              "seed %u: %u above %u", seed, holder, node);
    }
}

START_TEST(random_graphs_agree_with_a_plain_reference)
{
    for (unsigned seed = 0; seed < 20000; seed++) {
        struct small_graph small;
        random_graph(&small, seed);
        compare_with_reference(&small.graph, seed);
        arena_free(arena);
        arena = arena_new();
    }
}
END_TEST

START_TEST(what_two_blocks_hold_belongs_to_who_holds_both)
{
    struct small_graph small;
    struct dominator_tree tree;
    init_graph(&small, 4);
    add_edge(&small, 0, 1);
    add_edge(&small, 0, 2);
    add_edge(&small, 1, 3);
    add_edge(&small, 2, 3);
    add_root(&small, 0);
    dominator_tree_find(&tree, arena, &small.graph);
    ck_assert_uint_eq(tree.parents[3], 0);
    ck_assert_uint_eq(tree.parents[0], DOMINATOR_ROOTS);
    ck_assert_uint_eq(tree.retained[0], 15);
    ck_assert_uint_eq(tree.retained[1], 2);
}
END_TEST

START_TEST(what_two_roots_hold_no_block_retains)
{
    struct small_graph small;
    struct dominator_tree tree;
    init_graph(&small, 3);
    add_edge(&small, 0, 2);
    add_edge(&small, 1, 2);
    add_root(&small, 0);
    add_root(&small, 1);
    dominator_tree_find(&tree, arena, &small.graph);
    ck_assert_uint_eq(tree.parents[2], DOMINATOR_ROOTS);
    ck_assert_uint_eq(tree.retained[0], 1);
}
END_TEST

START_TEST(graph_without_blocks_has_an_empty_tree)
{
    struct small_graph small;
    struct dominator_tree tree;
    init_graph(&small, 0);
    dominator_tree_find(&tree, arena, &small.graph);
    ck_assert_uint_eq(tree.reached_count, 0);
}
END_TEST

/* --- size --- */

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Of loading and analysing, reachable and leaked: the best of some tries. */
static double seconds_for(const char *path, uint32_t node_count)
{
    double best_s = 1e9;
    for (int tries = 0; tries < 3; tries++) {
        struct error error = {0};
        struct recording recording;
        struct graph graph;
        struct components components;
        struct dominator_tree tree;
        struct arena *scratch = arena_child(arena);
        double started_s = now_s();
        ck_assert_msg(recording_open(&recording, scratch, path, &error), "%s", error.message);
        ck_assert_msg(
            graph_load(&graph, scratch, scratch, &recording, &recording.snapshots[0], &error), "%s",
            error.message);
        recording_close(&recording);
        bool *part = arena_array(scratch, graph.node_count, sizeof *part);
        memset(part, true, graph.node_count);
        components_find(&components, scratch, &graph, part);
        dominator_tree_find(&tree, scratch, &graph);
        double took_s = now_s() - started_s;
        best_s = took_s < best_s ? took_s : best_s;
        ck_assert_uint_eq(graph.node_count, node_count);
        ck_assert_uint_gt(tree.reached_count, node_count / 2);
        arena_free(scratch);
    }
    return best_s;
}

/* Ten times the blocks: ten times the time, and some for caches; a hundred times if it were
 * quadratic. */
START_TEST(time_grows_with_the_graph_whatever_its_shape)
{
    enum { FEW = 30000, MANY = 300000, MOST_TIMES = 40 };
    char *folder = make_test_folder();
    char *few = path_in(folder, "few.lgr"), *many = path_in(folder, "many.lgr");
    graph_recording_write(few, (enum graph_shape)_i, FEW, true);
    graph_recording_write(many, (enum graph_shape)_i, MANY, true);
    double few_s = seconds_for(few, FEW), many_s = seconds_for(many, MANY);
    ck_assert_msg(many_s < MOST_TIMES * few_s, "%s: %.4f s for %d, %.4f s for %d",
                  graph_shape_names[_i], few_s, FEW, many_s, MANY);
    free(few);
    free(many);
    remove_test_folder(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dominator_tree");
    TCase *small = tcase_create("small"), *large = tcase_create("large");
    tcase_add_checked_fixture(small, set_up, tear_down);
    tcase_add_test(small, what_two_blocks_hold_belongs_to_who_holds_both);
    tcase_add_test(small, what_two_roots_hold_no_block_retains);
    tcase_add_test(small, graph_without_blocks_has_an_empty_tree);
    tcase_add_test(small, random_graphs_agree_with_a_plain_reference);
    tcase_set_timeout(small, 60);
    tcase_add_checked_fixture(large, set_up, tear_down);
    tcase_add_loop_test(large, time_grows_with_the_graph_whatever_its_shape, 0, GRAPH_SHAPES);
    tcase_set_timeout(large, 60);
    suite_add_tcase(suite, small);
    suite_add_tcase(suite, large);
    return suite_run(suite);
}
