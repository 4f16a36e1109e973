/* SPDX-License-Identifier: MIT */
/* Text, JSON and DOT of sessions made by hand. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/view/cycle_path.h"
#include "report/dot/dot.h"
#include "report/json/json.h"
#include "report/text/text_report.h"
#include "report/base/utf8.h"
#include "tests/model_builder.h"
#include "tests/suite.h"

static char *written;
static size_t written_size;
static struct error error;
static struct text_options text_options;
static struct dot_options dot_options;

static void setup(void)
{
    text_options =
        (struct text_options){.style = {.utf8 = true, .width = 100}, .top = 10, .stack_frames = 3};
    dot_options = (struct dot_options){.top = 10, .members = 50};
    error.message[0] = 0;
}

static void teardown(void)
{
    free(written);
    written = NULL;
}

/* Each writes into `written`. */
static FILE *open_written(void)
{
    teardown();
    return open_memstream(&written, &written_size);
}

static bool text_of(const struct session *session)
{
    FILE *file = open_written();
    bool done = text_report_write(session, &text_options, file, &error);

    fclose(file);
    return done;
}

static json_t *json_of(const struct session *session)
{
    FILE *file = open_written();
    json_t *root;

    ck_assert(json_write(session, file, &error));
    fclose(file);
    root = json_loads(written, 0, NULL);
    ck_assert_ptr_nonnull(root);
    return root;
}

static bool dot_of(const struct session *session)
{
    FILE *file = open_written();
    bool done = dot_write(session, &dot_options, file, &error);

    fclose(file);
    return done;
}

#define ck_assert_writes(part)                                                                     \
    ck_assert_msg(strstr(written, part), "'%s' is not in:\n%s", part, written)
#define ck_assert_leaves_out(part)                                                                 \
    ck_assert_msg(!strstr(written, part), "'%s' is in:\n%s", part, written)

static void assert_first_line(const char *line)
{
    ck_assert_msg(strncmp(written, line, strlen(line)) == 0 && written[strlen(line)] == '\n',
                  "not first: %s\n%s", line, written);
}

START_TEST(text_starts_with_the_verdict)
{
    text_of(model_builder_robot());
    assert_first_line("1 leak and 2 cycles: 12.6 KiB in 24 blocks lost in robot (pid 123)");
    text_of(model_builder_clean());
    assert_first_line("no leaks in talker.py (pid 200)");
    text_of(model_builder_launch());
    assert_first_line(
        "1 leak and 2 cycles: 12.6 KiB in 24 blocks lost in robot (pid 123); 1 process not checked "
        "(talker.py, pid 201: killed before its blocks could be checked)");
}
END_TEST

START_TEST(an_unchecked_process_is_no_process_without_leaks)
{
    struct session *session = model_builder_clean();

    session->processes[0].leaks = (struct leaks){.why_not = "still running"};
    text_of(session);
    assert_first_line("no verdict: talker.py (pid 200): still running");
    session->process_count = 0;
    text_of(session);
    assert_first_line("no verdict: nothing was recorded");
}
END_TEST

START_TEST(an_image_replaced_by_exec_with_nothing_allocated_is_no_doubt)
{
    struct session *session = model_builder_clean();

    session->processes[1] = session->processes[0];
    session->processes[0].ended = ENDED_EXEC;
    session->processes[0].leaks = (struct leaks){.why_not = "replaced by exec"};
    session->process_count = 2;
    text_of(session);
    assert_first_line("no leaks in 2 processes");
}
END_TEST

START_TEST(a_damaged_recording_is_doubt)
{
    struct session *session = model_builder_launch();

    session->process_count = 1;
    session->processes[0] = session->processes[1];
    text_of(session);
    assert_first_line("no verdict: 1 damaged recording");
    ck_assert_writes("leakgraph.data/9.0.lgr: truncated");
}
END_TEST

START_TEST(text_draws_the_cycle_and_the_edge_to_cut)
{
    text_of(model_builder_robot());
    ck_assert_writes("Node (robot.cpp:30) ─next→ 96 B (robot.cpp:30) ─prev→ back");
    ck_assert_writes(
        "cut the pointer prev of the block of 96 B: the only edge back to the oldest \"member\"");
    ck_assert_writes("holds 128 B in 4 blocks: std::string, callback");
    text_options.style.utf8 = false;
    text_of(model_builder_robot());
    ck_assert_writes("Node (robot.cpp:30) --next--> 96 B (robot.cpp:30) --prev--> back");
}
END_TEST

START_TEST(text_tells_leaks_errors_peak_and_drops)
{
    text_of(model_builder_robot());
    ck_assert_writes("12.0 KiB in 12 blocks, and 128 B that only they hold");
    ck_assert_writes("by load_map(std::string const&; int) (map.cpp:12)");
    ck_assert_writes("double free of 64 B at 0x7000, 3 times");
    ck_assert_writes("free, but allocated with new[]");
    ck_assert_writes("Peak 16.9 KiB after 12 ms");
    ck_assert_writes("120 allocations, 21.6 KiB in all, 42% temporary");
    ck_assert_writes("half of the freed blocks lived less than 8 us");
    ck_assert_writes("100        50%     9.4 KiB  make_nodes(int) (robot.cpp:30)");
    ck_assert_writes("Hot lines");
    ck_assert_writes("not recorded: stacks cut: too deep (2)");
}
END_TEST

START_TEST(two_ways_to_one_line_are_one_place)
{
    struct session *session = model_builder_robot();
    struct site twice[2];

    twice[0] = twice[1] = session->processes[0].sites[1];
    session->processes[0].sites = twice;
    session->processes[0].site_count = 2;
    text_of(session);
    ck_assert_writes("24.0 KiB   142%  load_map");
    ck_assert_writes("24               24.0 KiB  load_map");
}
END_TEST

START_TEST(a_long_ring_is_abbreviated)
{
    text_of(model_builder_ring(1000));
    ck_assert_writes("… 995 more …");
    ck_assert_writes("cut Link.next (+0)");
}
END_TEST

START_TEST(long_names_fit_the_width)
{
    struct session *session = model_builder_robot();
    struct site *site = (struct site *)session->processes[0].leaks.sites[0].site;
    struct frame frame = {.file = "/a/very_long_name.cpp", .line = 1};
    char name[700];

    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = 0;
    frame.function = name;
    site->stack = (struct stack){&frame, 1, false};
    text_of(session);
    ck_assert_writes("xxx (very_long_name.cpp:1)");
    for (char *line = strtok(written, "\n"); line; line = strtok(NULL, "\n"))
        ck_assert_msg(utf8_length(line) <= 100, "%s", line);
}
END_TEST

START_TEST(text_holds_nothing_a_terminal_would_obey)
{
    text_of(model_builder_launch());
    for (size_t i = 0; i < written_size; i++)
        ck_assert(written[i] == '\n' || (unsigned char)written[i] >= 0x20);
    text_options.style.colour = true;
    text_of(model_builder_launch());
    ck_assert_writes("\033[1;31m");
}
END_TEST

START_TEST(one_process_can_be_shown)
{
    text_options.pid = 200;
    ck_assert(text_of(model_builder_launch()));
    ck_assert_writes("pid 200");
    ck_assert_leaves_out("load_map");
    text_options.pid = 7;
    ck_assert(!text_of(model_builder_launch()));
    ck_assert_str_eq(error.message, "leakgraph.data: no process with pid 7");
}
END_TEST

START_TEST(json_keeps_its_promise)
{
    static const char *const sessions[] = {"robot", "clean", "launch", "ring"};
    struct session *session = _i == 0   ? model_builder_robot()
                              : _i == 1 ? model_builder_clean()
                              : _i == 2 ? model_builder_launch()
                                        : model_builder_ring(9);
    char path[64], command[160];
    FILE *file;

    json_decref(json_of(session));
    snprintf(path, sizeof(path), "/tmp/leakgraph-%s.%d.json", sessions[_i], (int)getpid());
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(written, file);
    fclose(file);
    snprintf(command, sizeof(command), "/usr/bin/python3 tests/check_json.py %s", path);
    ck_assert_int_eq(system(command), 0);
    remove(path);
}
END_TEST

static const char *string_at(const json_t *root, const char *key)
{
    return json_string_value(json_object_get(root, key));
}

START_TEST(json_holds_the_facts)
{
    json_t *root = json_of(model_builder_robot());
    json_t *process = json_array_get(json_object_get(root, "processes"), 0);
    json_t *leaks = json_object_get(process, "leaks");
    json_t *cycle = json_array_get(json_object_get(process, "cycles"), 0);

    ck_assert_str_eq(string_at(process, "started"), "2023-11-14T22:13:20.123Z");
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(process, "command"), 3)),
                     "caf\\xe9");
    ck_assert_int_eq(json_integer_value(json_object_get(leaks, "blocks")), 24);
    ck_assert_int_eq(json_integer_value(json_object_get(cycle, "count")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(cycle, "weaken")), 1);
    ck_assert(json_is_null(json_object_get(leaks, "why_not")));
    json_decref(root);
}
END_TEST

START_TEST(dot_is_accepted_by_graphviz)
{
    struct session *session = _i == 0   ? model_builder_robot()
                              : _i == 1 ? model_builder_clean()
                              : _i == 2 ? model_builder_launch()
                                        : model_builder_ring(200);
    FILE *graphviz;

    dot_options.leaks = true;
    ck_assert(dot_of(session));
    graphviz = popen("dot -Tsvg >/dev/null", "w");
    ck_assert_ptr_nonnull(graphviz);
    fputs(written, graphviz);
    ck_assert_int_eq(pclose(graphviz), 0);
}
END_TEST

START_TEST(dot_marks_the_edge_to_weaken)
{
    dot_of(model_builder_robot());
    ck_assert_writes("p0c0m1 -> p0c0m0 [label=\"prev\", color=red");
    ck_assert_writes("oldest \\\"member\\\"");
    ck_assert_writes("p0c0m1 -> p0c0t0");
    ck_assert_leaves_out("load_map");
    dot_options.leaks = true;
    dot_of(model_builder_robot());
    ck_assert_writes("load_map");
}
END_TEST

START_TEST(dot_of_no_cycles_says_so)
{
    dot_of(model_builder_clean());
    ck_assert_writes("label=\"no cycles\"");
    dot_options.pid = 7;
    ck_assert(!dot_of(model_builder_clean()));
}
END_TEST

START_TEST(dot_of_a_big_cycle_is_cut_short)
{
    dot_options.members = 10;
    dot_of(model_builder_ring(1000));
    ck_assert_writes("990 blocks more");
    ck_assert_writes("p0c0m999 ->");
    ck_assert_leaves_out("p0c0m500");
}
END_TEST

START_TEST(a_way_around_goes_through_the_cut)
{
    struct session *session = model_builder_ring(10);
    const struct cycle *cycle = session->processes[0].cycles;
    struct cycle_path path;

    ck_assert(cycle_path_find(&path, cycle));
    ck_assert_uint_eq(path.length, 10);
    ck_assert_uint_eq(path.edges[9], cycle->weaken);
    for (size_t i = 0; i + 1 < path.length; i++)
        ck_assert_uint_eq(cycle->edges[path.edges[i]].to, cycle->edges[path.edges[i + 1]].from);
    cycle_path_release(&path);
}
END_TEST

START_TEST(a_block_that_points_to_itself_is_a_way_around)
{
    struct cycle_member member = {.size_bytes = 8};
    struct cycle_edge edge = {0};
    struct cycle cycle = {.members = &member, .member_count = 1, .edges = &edge, .edge_count = 1};
    struct cycle_path path;

    ck_assert(cycle_path_find(&path, &cycle));
    ck_assert_uint_eq(path.length, 1);
    cycle_path_release(&path);
    edge.to = 5; /* no such member */
    ck_assert(!cycle_path_find(&path, &cycle));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("writers");
    TCase *tests = tcase_create("writers");

    suite_add_tcase(suite, tests);
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, text_starts_with_the_verdict);
    tcase_add_test(tests, an_unchecked_process_is_no_process_without_leaks);
    tcase_add_test(tests, an_image_replaced_by_exec_with_nothing_allocated_is_no_doubt);
    tcase_add_test(tests, a_damaged_recording_is_doubt);
    tcase_add_test(tests, text_draws_the_cycle_and_the_edge_to_cut);
    tcase_add_test(tests, text_tells_leaks_errors_peak_and_drops);
    tcase_add_test(tests, two_ways_to_one_line_are_one_place);
    tcase_add_test(tests, a_long_ring_is_abbreviated);
    tcase_add_test(tests, long_names_fit_the_width);
    tcase_add_test(tests, text_holds_nothing_a_terminal_would_obey);
    tcase_add_test(tests, one_process_can_be_shown);
    tcase_add_loop_test(tests, json_keeps_its_promise, 0, 4);
    tcase_add_test(tests, json_holds_the_facts);
    tcase_add_loop_test(tests, dot_is_accepted_by_graphviz, 0, 4);
    tcase_add_test(tests, dot_marks_the_edge_to_weaken);
    tcase_add_test(tests, dot_of_no_cycles_says_so);
    tcase_add_test(tests, dot_of_a_big_cycle_is_cut_short);
    tcase_add_test(tests, a_way_around_goes_through_the_cut);
    tcase_add_test(tests, a_block_that_points_to_itself_is_a_way_around);
    return suite_run(suite);
}
