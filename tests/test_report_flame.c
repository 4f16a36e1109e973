/* SPDX-License-Identifier: MIT */
/* Flame graphs of sessions made by hand: the tree, and what is written of it. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "report/flame/flame_svg.h"
#include "report/flame/flame_tree.h"
#include "report/flame/folded.h"
#include "report/flame/pprof.h"
#include "report/flame/speedscope.h"
#include "tests/model_builder.h"
#include "tests/suite.h"

static char *written;
static size_t written_size;
static struct error error;
static struct flame_options options;

static void setup(void)
{
    options = (struct flame_options){.cost = COST_PEAK};
    error.message[0] = 0;
}

static void teardown(void)
{
    free(written);
    written = NULL;
}

typedef bool writer(const struct flame_tree *tree, const struct session *session, FILE *file);

static bool folded(const struct flame_tree *tree, const struct session *session, FILE *file)
{
    (void)session;
    return folded_write(tree, &options, file, &error);
}

static bool svg(const struct flame_tree *tree, const struct session *session, FILE *file)
{
    (void)session;
    return flame_svg_write(tree, &options, file, &error);
}

static bool speedscope(const struct flame_tree *tree, const struct session *session, FILE *file)
{
    return speedscope_write(tree, session, &options, file, &error);
}

static bool pprof(const struct flame_tree *tree, const struct session *session, FILE *file)
{
    (void)tree;
    return pprof_write(session, &options, file, &error);
}

/* Into `written`. */
static bool write_with(writer *write, const struct session *session)
{
    struct flame_tree tree;
    FILE *file;
    bool done;

    teardown();
    if (!flame_tree_build(&tree, session, &options, &error))
        return false;
    file = open_memstream(&written, &written_size);
    done = write(&tree, session, file);
    fclose(file);
    flame_tree_release(&tree);
    return done;
}

#define ck_assert_writes(part)                                                                     \
    ck_assert_msg(strstr(written, part), "'%s' is not in:\n%s", part, written)

START_TEST(folded_stacks_start_at_the_root)
{
    ck_assert(write_with(folded, model_builder_robot()));
    ck_assert_writes("main;make_nodes(int);std::__new_allocator<Node>::allocate(unsigned long, "
                     "void const*) 4800\n");
    ck_assert_writes("main;load_map(std::string const&: int) 12288\n");
    options.cost = COST_TEMPORARY;
    write_with(folded, model_builder_robot());
    ck_assert_str_eq(written, "main;make_nodes(int);std::__new_allocator<Node>::allocate(unsigned "
                              "long, void const*) 50\n");
}
END_TEST

START_TEST(several_processes_are_the_first_frames)
{
    write_with(folded, model_builder_launch());
    ck_assert_writes("robot (123);main;");
    options.pid = 123;
    write_with(folded, model_builder_launch());
    ck_assert_ptr_null(strstr(written, "robot (123)"));
    options.pid = 99;
    ck_assert(!write_with(folded, model_builder_launch()));
    ck_assert_str_eq(error.message, "leakgraph.data: no process with pid 99");
}
END_TEST

START_TEST(inverted_stacks_start_at_the_allocation)
{
    options.inverted = true;
    write_with(folded, model_builder_robot());
    ck_assert_writes("load_map(std::string const&: int);main 12288\n");
}
END_TEST

static struct session *robot_with(struct site *sites, size_t count)
{
    struct session *session = model_builder_robot();

    session->processes[0].sites = sites;
    session->processes[0].site_count = count;
    return session;
}

START_TEST(equal_stacks_are_one_line)
{
    struct site twice[2];

    twice[0] = twice[1] = model_builder_robot()->processes[0].sites[1];
    options.cost = COST_ALLOCATIONS;
    write_with(folded, robot_with(twice, 2));
    ck_assert_str_eq(written, "main;load_map(std::string const&: int) 24\n");
}
END_TEST

/* The builder's sessions are static: the one compared with is a copy. */
static struct session *half_of_it(void)
{
    static struct site before[2];
    static struct process process;
    static struct session session;

    before[0] = before[1] = model_builder_robot()->processes[0].sites[1];
    before[0].figures.peak_bytes = 2288;
    before[1].stack.frame_count = 1;
    process = model_builder_robot()->processes[0];
    process.sites = before;
    process.site_count = 2;
    session = (struct session){.path = "old", .processes = &process, .process_count = 1};
    return &session;
}

START_TEST(differences_have_two_numbers)
{
    options.compared = half_of_it();
    write_with(folded, model_builder_robot());
    ck_assert_writes("main;load_map(std::string const&: int) 2288 12288\n");
    ck_assert_writes("load_map(std::string const&: int) 12288 0\n");
    write_with(svg, model_builder_robot());
    ck_assert_writes("\n+9.8 KiB, before 2.2 KiB\n");
    ck_assert(!write_with(speedscope, model_builder_robot()));
    ck_assert_str_eq(error.message, "speedscope cannot show differences: use svg, folded or pprof");
}
END_TEST

/* Sums of every node: its own cost and its children's. */
static void assert_totals(const struct flame_tree *tree)
{
    uint64_t *sums = calloc(tree->node_count, sizeof(*sums));

    for (size_t i = tree->node_count; i-- > 0;) {
        sums[i] += tree->nodes[i].self;
        ck_assert_uint_eq(sums[i], tree->nodes[i].total);
        if (i)
            sums[tree->nodes[i].parent] += sums[i];
    }
    free(sums);
}

enum { MANY = 40000 };

START_TEST(a_tree_of_many_stacks_adds_up)
{
    static struct frame frames[MANY][3];
    static struct site sites[MANY];
    static char names[MANY][16];
    struct flame_tree tree;
    uint64_t all = 0;

    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "f%zu", i * 7919 % MANY);
        frames[i][0] = (struct frame){.function = names[i], .module = "robot"};
        frames[i][1] = (struct frame){.function = names[i / 100], .module = "robot"};
        frames[i][2] = (struct frame){.function = "main", .module = "robot"};
        sites[i] = (struct site){.figures.peak_bytes = i + 1, .stack = {frames[i], 3, false}};
        all += i + 1;
    }
    ck_assert(flame_tree_build(&tree, robot_with(sites, MANY), &options, &error));
    ck_assert_uint_eq(tree.nodes[0].total, all);
    ck_assert_uint_eq(tree.node_count, 1 + 1 + MANY / 100 + MANY);
    assert_totals(&tree);
    for (uint32_t i = tree.nodes[1].first_child; tree.nodes[i].next_sibling;
         i = tree.nodes[i].next_sibling)
        ck_assert_str_lt(flame_tree_name(&tree, i),
                         flame_tree_name(&tree, tree.nodes[i].next_sibling));
    flame_tree_release(&tree);
    ck_assert(write_with(svg, robot_with(sites, MANY)));
    ck_assert_writes(" not drawn</text>");
    ck_assert_uint_lt(written_size, 6 << 20);
}
END_TEST

START_TEST(svg_escapes_names)
{
    static const struct frame frame = {.function = "std::vector<\"a\"&>::f", .module = "robot"};
    struct site site = {.figures.peak_bytes = 8, .stack = {&frame, 1, false}};

    write_with(svg, robot_with(&site, 1));
    ck_assert_writes("<title>std::vector&lt;&quot;a&quot;&amp;&gt;::f\n8 B, 100%\nrobot</title>");
}
END_TEST

START_TEST(svg_of_nothing_says_so)
{
    write_with(svg, robot_with(NULL, 0));
    ck_assert_writes("nothing with this cost was recorded");
}
END_TEST

START_TEST(speedscope_weights_add_up)
{
    json_t *root, *profiles, *profile;

    ck_assert(write_with(speedscope, model_builder_launch()));
    root = json_loads(written, 0, NULL);
    ck_assert_ptr_nonnull(root);
    profiles = json_object_get(root, "profiles");
    ck_assert_uint_eq(json_array_size(profiles), 1); /* the others allocated nothing */
    profile = json_array_get(profiles, 0);
    ck_assert_uint_eq(json_array_size(json_object_get(profile, "samples")),
                      json_array_size(json_object_get(profile, "weights")));
    ck_assert_str_eq(json_string_value(json_object_get(profile, "unit")), "bytes");
    json_decref(root);
}
END_TEST

/* The uncompressed profile; the caller frees it. */
static uint8_t *unpacked(size_t *size_bytes)
{
    uint8_t *bytes = malloc(1 << 20);
    z_stream stream = {.next_in = (uint8_t *)written, .avail_in = (uInt)written_size};

    ck_assert_int_eq(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_out = bytes;
    stream.avail_out = 1 << 20;
    ck_assert_int_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
    *size_bytes = stream.total_out;
    inflateEnd(&stream);
    return bytes;
}

START_TEST(pprof_is_compressed_and_names_everything)
{
    uint8_t *bytes;
    size_t size_bytes;

    ck_assert(write_with(pprof, model_builder_robot()));
    bytes = unpacked(&size_bytes);
    ck_assert_ptr_nonnull(memmem(bytes, size_bytes, "make_nodes(int)", 15));
    ck_assert_ptr_nonnull(memmem(bytes, size_bytes, "robot.cpp", 9));
    ck_assert_ptr_nonnull(memmem(bytes, size_bytes, "allocations", 11));
    free(bytes);
    options.inverted = true;
    ck_assert(!write_with(pprof, model_builder_robot()));
    options = (struct flame_options){.pid = 99};
    ck_assert(!pprof_write(model_builder_robot(), &options, stderr, &error));
    ck_assert_str_eq(error.message, "leakgraph.data: no process with pid 99");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_flame");
    TCase *tests = tcase_create("flame");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, folded_stacks_start_at_the_root);
    tcase_add_test(tests, several_processes_are_the_first_frames);
    tcase_add_test(tests, inverted_stacks_start_at_the_allocation);
    tcase_add_test(tests, equal_stacks_are_one_line);
    tcase_add_test(tests, differences_have_two_numbers);
    tcase_add_test(tests, a_tree_of_many_stacks_adds_up);
    tcase_add_test(tests, svg_escapes_names);
    tcase_add_test(tests, svg_of_nothing_says_so);
    tcase_add_test(tests, speedscope_weights_add_up);
    tcase_add_test(tests, pprof_is_compressed_and_names_everything);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
