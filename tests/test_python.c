/* SPDX-License-Identifier: MIT */
/* What is garbage of Python, what has a reference too many, and what of it all is a leak. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fixture.h"
#include "tests/python_builder.h"
#include "tests/suite.h"

static struct python_builder *python;
static uint32_t node_type, site;

static void set_up(void)
{
    fixture_set_up();
    python = python_builder_new();
    node_type = python_builder_type(python, "robot.Node");
    uint32_t code = builder_code(builder, "plan", "/robot/plan.py", 3);
    site = builder_site(builder, builder_python_stack(builder, 0, code, 4));
}

static const struct process *analyse(void)
{
    python_builder_finish(python, builder);
    const struct process *process = fixture_analyse();
    ck_assert_ptr_nonnull(process->python);
    return process;
}

static uint32_t object(void)
{
    return python_builder_block(python, builder, site, node_type);
}

/* Two that hold one another; the first is held `outside` times, too. */
static void make_pair(int64_t outside)
{
    uint32_t one = object(), other = object();
    python_builder_attribute(python, one, "peer", other);
    python_builder_attribute(python, other, "owner", one);
    python_builder_refer(python, one, outside);
}

static void assert_garbage(const struct process *process, uint64_t cycles, uint64_t objects)
{
    ck_assert(process->python->checked);
    ck_assert_uint_eq(process->python->garbage_cycles, cycles);
    ck_assert_uint_eq(process->python->garbage_objects, objects);
}

START_TEST(objects_are_no_leaks_whatever_becomes_of_them)
{
    make_pair(0);
    object();
    const struct leaks *leaks = &analyse()->leaks;
    ck_assert(leaks->checked);
    ck_assert_uint_eq(leaks->all.blocks, 0);
}
END_TEST

START_TEST(a_pair_that_nobody_else_holds_is_a_cycle_of_garbage)
{
    make_pair(0);
    const struct process *process = analyse();
    assert_garbage(process, 1, 2);
    const struct cycle *cycle = &process->python->cycles[0];
    ck_assert_uint_eq(cycle->member_count, 2);
    ck_assert_str_eq(cycle->members[0].type, "robot.Node");
    ck_assert_uint_eq(cycle->edge_count, 2);
    ck_assert(cycle->edges[0].exact && cycle->edges[1].exact);
    bool is_peer_first = strcmp(cycle->edges[0].label, "peer") == 0;
    ck_assert_str_eq(cycle->edges[is_peer_first ? 0 : 1].label, "peer");
    ck_assert_str_eq(cycle->edges[is_peer_first ? 1 : 0].label, "owner");
}
END_TEST

START_TEST(identical_cycles_are_one_group)
{
    for (int i = 0; i < 7; i++)
        make_pair(0);
    const struct process *process = analyse();
    assert_garbage(process, 7, 14);
    ck_assert_uint_eq(process->python->cycle_count, 1);
    ck_assert_uint_eq(process->python->cycles[0].count, 7);
}
END_TEST

START_TEST(a_reference_from_outside_keeps_all_that_it_leads_to)
{
    make_pair(1);
    assert_garbage(analyse(), 0, 0);
}
END_TEST

START_TEST(untracked_and_frozen_objects_are_never_garbage)
{
    uint32_t one = object(), other = object();
    python_builder_attribute(python, one, "me", one);
    python_builder_attribute(python, other, "me", other);
    python_builder_flags(python, one, 0, RECORDING_PYTHON_TRACKED);
    python_builder_flags(python, other, RECORDING_PYTHON_FROZEN, RECORDING_PYTHON_TRACKED);
    assert_garbage(analyse(), 0, 0);
}
END_TEST

START_TEST(what_an_immortal_object_holds_is_no_garbage)
{
    uint32_t class = python_builder_static(python, 0x8000, node_type), held = object();
    python_builder_flags(python, class, RECORDING_PYTHON_IMMORTAL, 0);
    python_builder_attribute(python, class, "instance", held);
    python_builder_attribute(python, held, "me", held);
    assert_garbage(analyse(), 0, 0);
}
END_TEST

START_TEST(nothing_is_said_while_the_collector_is_at_work)
{
    make_pair(0);
    python_builder_record(python)->is_collecting = 1;
    const struct process *process = analyse();
    ck_assert(!process->python->checked);
    ck_assert_ptr_nonnull(process->python->unchecked_why);
    ck_assert_uint_eq(process->python->garbage_objects, 0);
}
END_TEST

START_TEST(objects_that_are_only_a_part_are_no_ground_for_a_verdict)
{
    make_pair(0);
    uint32_t forgotten = object();
    python_builder_refer(python, forgotten, 1);
    python_builder_record(python)->unlisted = 1;
    const struct process *process = analyse();
    ck_assert(!process->python->checked && process->python->is_doubtful);
    ck_assert_ptr_nonnull(process->python->unchecked_why);
    ck_assert_uint_eq(process->python->leak_count, 0);
    ck_assert_uint_eq(process->leaks.all.blocks, 0);
}
END_TEST

START_TEST(the_collector_is_described)
{
    struct recording_python_heap *record = python_builder_record(python);
    record->is_enabled = 0;
    record->generations[2].collections = 5;
    record->generations[0].collected = 77;
    record->uncollectable_objects = 3;
    const struct python *found = analyse()->python;
    ck_assert_str_eq(found->version, "3.11.2");
    ck_assert(!found->gc_enabled);
    ck_assert_int_eq(found->generations[0].threshold, 700);
    ck_assert_uint_eq(found->generations[2].collections, 5);
    ck_assert_uint_eq(found->generations[0].collected, 77);
    ck_assert_uint_eq(found->uncollectable_objects, 3);
}
END_TEST

START_TEST(types_are_counted_with_their_garbage)
{
    uint32_t list = python_builder_type(python, "list");
    make_pair(0);
    python_builder_refer(python, python_builder_block(python, builder, site, list), 1);
    const struct python *found = analyse()->python;
    ck_assert_uint_eq(found->objects, 3);
    ck_assert_uint_eq(found->type_count, 2);
    ck_assert_str_eq(found->types[0].name, "robot.Node");
    ck_assert_uint_eq(found->types[0].objects, 2);
    ck_assert_uint_eq(found->types[0].garbage_objects, 2);
    ck_assert_str_eq(found->types[1].name, "list");
    ck_assert_uint_eq(found->types[1].garbage_objects, 0);
}
END_TEST

START_TEST(native_memory_that_only_garbage_holds_goes_with_it)
{
    enum { BUFFER_BYTES = 5000 };
    uint32_t one = object(); /* block 0 of the graph */
    python_builder_attribute(python, one, "me", one);
    uint32_t buffer = builder_node(builder, BUFFER_BYTES, site);
    builder_edge(builder, 0, 32, buffer, 0);
    const struct process *process = analyse();
    assert_garbage(process, 1, 1);
    ck_assert_uint_eq(process->python->garbage_retained_bytes,
                      BUFFER_BYTES + PYTHON_BUILDER_OBJECT_BYTES);
    ck_assert_uint_eq(process->leaks.all.blocks, 0);
}
END_TEST

START_TEST(native_memory_that_nothing_holds_is_a_leak_of_a_python_process_too)
{
    python_builder_refer(python, object(), 1);
    builder_node(builder, 700, builder_simple_site(builder, 0x40));
    const struct leaks *leaks = &analyse()->leaks;
    ck_assert_uint_eq(leaks->direct.blocks, 1);
    ck_assert_uint_eq(leaks->direct.bytes, 700);
}
END_TEST

START_TEST(an_object_that_counts_a_reference_and_has_no_pointer_was_forgotten)
{
    python_builder_refer(python, object(), 1);
    const struct python *found = analyse()->python;
    ck_assert_uint_eq(found->leak_count, 1);
    ck_assert_str_eq(found->leaks[0].type, "robot.Node");
    ck_assert_uint_eq(found->leaks[0].references, 1);
    ck_assert_uint_eq(found->leaks[0].found, 0);
    ck_assert(!found->leaks[0].is_held);
}
END_TEST

START_TEST(a_pointer_from_a_root_accounts_for_one_reference)
{
    python_builder_refer(python, object(), 1);
    uint32_t twice = object();
    python_builder_refer(python, twice, 2);
    builder_root_to(builder, 0, PYTHON_BUILDER_HEAD_BYTES);
    builder_root_to(builder, 1, PYTHON_BUILDER_HEAD_BYTES);
    const struct python *found = analyse()->python;
    ck_assert_uint_eq(found->leak_count, 1);
    ck_assert_uint_eq(found->leaks[0].references, 2);
    ck_assert_uint_eq(found->leaks[0].found, 1);
    ck_assert(found->leaks[0].is_held);
}
END_TEST

START_TEST(what_lies_in_a_string_is_no_pointer)
{
    uint32_t text = python_builder_type(python, "str");
    python_builder_refer(python, python_builder_block(python, builder, site, text), 1);
    builder_root_to(builder, 0, PYTHON_BUILDER_HEAD_BYTES);
    uint32_t lost = builder_node(builder, 700, builder_simple_site(builder, 0x40));
    builder_edge(builder, 0, 32, lost, 5);
    ck_assert_uint_eq(analyse()->leaks.direct.blocks, 1);
}
END_TEST

/* The interpreter's end lies between two snapshots, and in the second the block has lost its
 * holder. */
static const struct process *analyse_around_the_end(bool was_held, const char *executable)
{
    builder_header(builder)->executable = builder_string(builder, executable, strlen(executable));
    builder_snapshot(builder)->reason = RECORDING_AT_PYTHON_END;
    uint32_t lost = builder_node(builder, 700, builder_simple_site(builder, 0x40));
    if (was_held)
        builder_root(builder, lost);
    python_builder_finish(python, builder);
    builder_next_snapshot(builder);
    builder_snapshot(builder)->reason = RECORDING_AT_EXIT;
    builder_without_roots(builder);
    python = python_builder_new();
    return analyse();
}

START_TEST(what_an_interpreter_drops_at_its_end_is_no_leak)
{
    ck_assert_uint_eq(analyse_around_the_end(true, "/usr/bin/python3.11")->leaks.all.blocks, 0);
}
END_TEST

START_TEST(what_was_lost_before_its_end_is_a_leak)
{
    ck_assert_uint_eq(analyse_around_the_end(false, "/usr/bin/python3.11")->leaks.all.blocks, 1);
}
END_TEST

START_TEST(a_program_that_embeds_python_loses_its_blocks_itself)
{
    ck_assert_uint_eq(analyse_around_the_end(true, "/bin/robot")->leaks.all.blocks, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("python");
    TCase *tests = tcase_create("judgement");
    tcase_add_checked_fixture(tests, set_up, fixture_tear_down);
    tcase_add_test(tests, objects_are_no_leaks_whatever_becomes_of_them);
    tcase_add_test(tests, a_pair_that_nobody_else_holds_is_a_cycle_of_garbage);
    tcase_add_test(tests, identical_cycles_are_one_group);
    tcase_add_test(tests, a_reference_from_outside_keeps_all_that_it_leads_to);
    tcase_add_test(tests, untracked_and_frozen_objects_are_never_garbage);
    tcase_add_test(tests, what_an_immortal_object_holds_is_no_garbage);
    tcase_add_test(tests, nothing_is_said_while_the_collector_is_at_work);
    tcase_add_test(tests, objects_that_are_only_a_part_are_no_ground_for_a_verdict);
    tcase_add_test(tests, the_collector_is_described);
    tcase_add_test(tests, types_are_counted_with_their_garbage);
    tcase_add_test(tests, native_memory_that_only_garbage_holds_goes_with_it);
    tcase_add_test(tests, native_memory_that_nothing_holds_is_a_leak_of_a_python_process_too);
    tcase_add_test(tests, an_object_that_counts_a_reference_and_has_no_pointer_was_forgotten);
    tcase_add_test(tests, a_pointer_from_a_root_accounts_for_one_reference);
    tcase_add_test(tests, what_lies_in_a_string_is_no_pointer);
    tcase_add_test(tests, what_an_interpreter_drops_at_its_end_is_no_leak);
    tcase_add_test(tests, what_was_lost_before_its_end_is_a_leak);
    tcase_add_test(tests, a_program_that_embeds_python_loses_its_blocks_itself);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
