/* SPDX-License-Identifier: MIT */
/* Decoding is what large recordings cost: whatever is asked for, each snapshot is decoded once. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/graph/snapshot_image.h"
#include "analyzer/model.h"
#include "analyzer/object_graph.h"
#include "tests/fixture.h"
#include "tests/python_builder.h"
#include "tests/suite.h"

/* --- the linker puts these in front of the decoders, see the Makefile --- */

enum { MOST_SNAPSHOTS = 8 };
static int graphs_decoded[MOST_SNAPSHOTS], heaps_decoded[MOST_SNAPSHOTS]; /* by number */

bool __real_graph_load(struct graph *graph, struct arena *arena, struct arena *names,
                       const struct recording *recording,
                       const struct recording_snapshot_entry *snapshot, struct error *error);
bool __wrap_graph_load(struct graph *graph, struct arena *arena, struct arena *names,
                       const struct recording *recording,
                       const struct recording_snapshot_entry *snapshot, struct error *error);
bool __real_python_heap_load(struct python_heap *heap, struct arena *arena, struct arena *names,
                             const struct recording *recording, uint64_t snapshot,
                             struct error *error);
bool __wrap_python_heap_load(struct python_heap *heap, struct arena *arena, struct arena *names,
                             const struct recording *recording, uint64_t snapshot,
                             struct error *error);

bool __wrap_graph_load(struct graph *graph, struct arena *arena, struct arena *names,
                       const struct recording *recording,
                       const struct recording_snapshot_entry *snapshot, struct error *error)
{
    graphs_decoded[snapshot->number]++;
    return __real_graph_load(graph, arena, names, recording, snapshot, error);
}

bool __wrap_python_heap_load(struct python_heap *heap, struct arena *arena, struct arena *names,
                             const struct recording *recording, uint64_t snapshot,
                             struct error *error)
{
    heaps_decoded[snapshot]++;
    return __real_python_heap_load(heap, arena, names, recording, snapshot, error);
}

/* --- recordings --- */

static void set_up(void)
{
    fixture_set_up();
    memset(graphs_decoded, 0, sizeof graphs_decoded);
    memset(heaps_decoded, 0, sizeof heaps_decoded);
}

static void analyse(const struct session_options *options)
{
    struct error error = {0};
    builder_save(builder, path);
    session = session_load(path, options, &error);
    ck_assert_msg(session, "%s", error.message);
    ck_assert(session->processes[0].leaks.checked);
    ck_assert(!options->objects || !session->processes[0].objects->why_not);
}

/* A pair of garbage and a lost block. */
static void fill_snapshot(void)
{
    struct python_builder *python = python_builder_new();
    uint32_t type = python_builder_type(python, "robot.Node");
    uint32_t code = builder_code(builder, "plan", "/robot/plan.py", 3);
    uint32_t site = builder_site(builder, builder_python_stack(builder, 0, code, 4));
    uint32_t one = python_builder_block(python, builder, site, type);
    uint32_t other = python_builder_block(python, builder, site, type);
    python_builder_attribute(python, one, "peer", other);
    python_builder_attribute(python, other, "peer", one);
    builder_node(builder, 700, builder_simple_site(builder, 0x40));
    python_builder_finish(python, builder);
}

static const struct object_query everything = {
    .types = true,
    .retainers = true,
    .view = OBJECT_VIEW_BACKREFS,
    .pattern = "robot.Node",
    .max_depth = 3,
    .too_many = 10,
};

/* --- tests --- */

START_TEST(leaks_types_and_drawings_share_a_graph)
{
    builder_node(builder, 32, builder_simple_site(builder, 0x10));
    analyse(&(struct session_options){.objects = &everything, .with_kept = true});
    ck_assert_int_eq(graphs_decoded[1], 1);
}
END_TEST

START_TEST(an_interpreters_two_snapshots_are_decoded_once_each)
{
    const char *executable = "/usr/bin/python3.11";
    builder_header(builder)->executable = builder_string(builder, executable, strlen(executable));
    builder_snapshot(builder)->reason = RECORDING_AT_PYTHON_END;
    fill_snapshot();
    builder_next_snapshot(builder);
    builder_snapshot(builder)->reason = RECORDING_AT_EXIT;
    analyse(&(struct session_options){.objects = &everything, .with_kept = true});
    ck_assert_int_eq(graphs_decoded[1], 1);
    ck_assert_int_eq(graphs_decoded[2], 1);
    ck_assert_int_eq(heaps_decoded[1], 1);
    ck_assert_int_eq(heaps_decoded[2], 0);
}
END_TEST

START_TEST(what_nobody_asks_for_is_not_decoded)
{
    builder_node(builder, 32, builder_simple_site(builder, 0x10));
    builder_next_snapshot(builder);
    builder_next_snapshot(builder);
    analyse(&(struct session_options){.without_symbols = true});
    ck_assert_int_eq(graphs_decoded[1], 0);
    ck_assert_int_eq(graphs_decoded[2], 0);
    ck_assert_int_eq(graphs_decoded[3], 1);
}
END_TEST

START_TEST(a_diff_decodes_the_snapshot_before_too)
{
    struct object_query query = everything;
    query.since_snapshot = 1;
    builder_node(builder, 32, builder_simple_site(builder, 0x10));
    builder_next_snapshot(builder);
    analyse(&(struct session_options){.objects = &query});
    ck_assert_int_eq(graphs_decoded[1], 1);
    ck_assert_int_eq(graphs_decoded[2], 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("snapshot_image");
    TCase *tests = tcase_create("snapshot_image");
    tcase_add_checked_fixture(tests, set_up, fixture_tear_down);
    tcase_add_test(tests, leaks_types_and_drawings_share_a_graph);
    tcase_add_test(tests, an_interpreters_two_snapshots_are_decoded_once_each);
    tcase_add_test(tests, what_nobody_asks_for_is_not_decoded);
    tcase_add_test(tests, a_diff_decodes_the_snapshot_before_too);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
