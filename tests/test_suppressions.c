/* SPDX-License-Identifier: MIT */
/* Suppression files of LeakSanitizer and valgrind: what parses, what does not, and what they mean.
 */
#include "analyzer/sites/suppression_rules.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/sites/suppression_match.h"
#include "analyzer/sites/suppressions.h"
#include "tests/recording_builder.h"
#include "tests/suite.h"

static struct suppression_rules *rules;
static struct error error;
static char *folder;
static struct arena *arena;

static void set_up(void)
{
    rules = suppression_rules_new();
    arena = arena_new();
    folder = make_test_folder();
    error = (struct error){0};
}

static void tear_down(void)
{
    suppression_rules_free(rules);
    arena_free(arena);
    remove_test_folder(folder);
}

static bool read_text(const char *text)
{
    char *path = path_in(folder, "x.supp");
    bool done;
    save_bytes(path, text, strlen(text));
    done = suppression_rules_read(rules, path, &error);
    free(path);
    return done;
}

static size_t count_use(enum suppression_use use)
{
    size_t count = 0;
    for (size_t i = 0; i < suppression_rules_count(rules); i++)
        count += suppression_rules_get(rules, i)->use == use;
    return count;
}

START_TEST(valgrinds_own_file_parses)
{
    static const char path[] = "/usr/libexec/valgrind/default.supp";
    if (access(path, R_OK) != 0)
        return;
    ck_assert_msg(suppression_rules_read(rules, path, &error), "%s", error.message);
    ck_assert_uint_gt(suppression_rules_count(rules), 100);
}
END_TEST

START_TEST(files_of_leak_sanitizer_parse)
{
    ck_assert_msg(suppression_rules_read(rules, "tests/suppressions/lsan_browser.txt", &error),
                  "%s", error.message);
    ck_assert_uint_eq(suppression_rules_count(rules), 12);
    ck_assert_str_eq(suppression_rules_get(rules, 10)->template, "indented_by_a_tab");
    ck_assert_msg(suppression_rules_read(rules, "tests/suppressions/lsan_interpreter.txt", &error),
                  "%s", error.message);
    ck_assert_uint_eq(suppression_rules_count(rules), 16);
    ck_assert_str_eq(suppression_rules_get(rules, 12)->template, "PyModule_Create2");
    ck_assert_msg(suppression_rules_read(rules, "tests/suppressions/lsan_database.txt", &error),
                  "%s", error.message);
    ck_assert_uint_eq(suppression_rules_count(rules), 23);
    ck_assert_str_eq(suppression_rules_get(rules, 22)->template, "^main$");
    ck_assert_uint_eq(suppression_rules_get(rules, 22)->line, 8);
}
END_TEST

START_TEST(every_part_of_valgrinds_grammar_parses)
{
    const struct suppression_rule *rule;
    ck_assert_msg(suppression_rules_read(rules, "tests/suppressions/every_kind.supp", &error), "%s",
                  error.message);
    ck_assert_uint_eq(suppression_rules_count(rules), 8);
    ck_assert_uint_eq(count_use(SUPPRESSES_LEAKS), 2);
    ck_assert_uint_eq(count_use(SUPPRESSES_FREES), 1);
    rule = suppression_rules_get(rules, 0);
    ck_assert_str_eq(rule->name, "leak_with_kinds");
    ck_assert_uint_eq(rule->line, 2);
    ck_assert_uint_eq(rule->location_count, 7);
    ck_assert_int_eq(rule->locations[3].kind, FRAME_SOURCE);
    ck_assert_str_eq(rule->locations[3].pattern, "robot.c:12");
    ck_assert_int_eq(rule->locations[5].kind, FRAME_ANY_NUMBER);
    ck_assert_uint_eq(suppression_rules_get(rules, 1)->location_count, 2);
}
END_TEST

static const struct {
    const char *text, *message;
} wrong[] = {
    {"leak:a\nrace:b\n", ":2: neither 'leak:PATTERN' nor '{': 'race:b'"},
    {"leak:\n", ":1: 'leak:' without a pattern"},
    {"\n# c\n{\n", ":3: the suppression has no name"},
    {"{\n}\n", ":2: the suppression has no name"},
    {"{\n name\n}\n", ":3: no 'TOOL:KIND' in the suppression 'name'"},
    {"{\n name\n Memcheck\n fun:f\n}\n", ":3: 'TOOL:KIND' expected, not 'Memcheck'"},
    {"{\n name\n Memcheck:Leek\n fun:f\n}\n", ":3: Memcheck has no kind 'Leek'"},
    {"{\n name\n Memcheck:Leak\n}\n", ":4: no fun:, obj: or src: in the suppression 'name'"},
    {"{\n name\n Memcheck:Leak\n ...\n}\n", ":5: no fun:, obj: or src: in the suppression 'name'"},
    {"{\n name\n Memcheck:Leak\n fun:f\n", ":4: the file ends inside of the suppression 'name'"},
    {"{\n name\n Memcheck:Leak\n func:f\n}\n", ":4: 'fun:', 'obj:', 'src:' or '...' expected"},
    {"{\n name\n Memcheck:Leak\n fun:\n}\n", ":4: nothing behind 'fun:'"},
    {"{\n name\n Memcheck:Leak\n match-leak-kinds: definit\n fun:f\n}\n",
     ":4: no kind of leak: 'definit'"},
    {"{\n name\n Helgrind:Race\n fun:f\n", ":4: the file ends inside of the suppression 'name'"},
};

START_TEST(a_wrong_line_is_named)
{
    ck_assert(!read_text(wrong[_i].text));
    ck_assert_msg(strstr(error.message, wrong[_i].message), "%s", error.message);
    ck_assert_ptr_nonnull(strstr(error.message, "x.supp:"));
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_named)
{
    ck_assert(!suppression_rules_read(rules, "/no/such/file", &error));
    ck_assert_str_eq(error.message, "/no/such/file: No such file or directory");
    ck_assert(!suppression_rules_read(rules, "/proc", &error));
    ck_assert_str_eq(error.message, "/proc: Is a directory");
    ck_assert(!suppression_rules_read(rules, "/proc/self/environ", &error));
    ck_assert_ptr_nonnull(strstr(error.message, "a NUL byte"));
}
END_TEST

START_TEST(a_long_file_is_read_whole)
{
    enum { LINES = 20000 };
    char *text = malloc(LINES * 16 + 1), *end = text;
    for (int i = 0; i < LINES; i++)
        end += sprintf(end, "leak:f%d\n", i);
    ck_assert(read_text(text));
    ck_assert_uint_eq(suppression_rules_count(rules), LINES);
    ck_assert_str_eq(suppression_rules_get(rules, LINES - 1)->template, "f19999");
    free(text);
}
END_TEST

START_TEST(a_template_is_a_part_of_the_text)
{
    ck_assert(suppression_match_template("plan", "Planner::plan_route"));
    ck_assert(!suppression_match_template("^plan", "Planner::plan"));
    ck_assert(suppression_match_template("^Plan", "Planner::plan"));
    ck_assert(suppression_match_template("plan$", "Planner::plan"));
    ck_assert(!suppression_match_template("plan$", "plan_route"));
    ck_assert(suppression_match_template("an$", "plan_plan"));
    ck_assert(suppression_match_template("^plan$", "plan"));
    ck_assert(!suppression_match_template("^plan$", "plan_plan"));
    ck_assert(suppression_match_template("P*r::*n", "Planner::plan"));
    ck_assert(!suppression_match_template("P*x*n", "Planner::plan"));
    ck_assert(suppression_match_template("*", "f"));
    ck_assert(suppression_match_template("^P*$", "Planner"));
    ck_assert(!suppression_match_template("$", "f"));
    ck_assert(!suppression_match_template("f", ""));
}
END_TEST

START_TEST(a_pattern_is_the_whole_text)
{
    ck_assert(suppression_match_pattern("mak?_*", "make_nodes"));
    ck_assert(!suppression_match_pattern("mak", "make"));
    ck_assert(suppression_match_pattern("*", ""));
    ck_assert(!suppression_match_pattern("?", ""));
    ck_assert(suppression_match_pattern("*a*b", "xaxbab"));
    ck_assert(suppression_match_pattern("[a]\\", "[a]\\"));
}
END_TEST

static const struct frame frames[] = {
    {.function = "std::make_unique<Map>",
     .symbol = "_ZSt11make_uniqueI3MapJEENSt9_MakeUniqIT_E15__single_objectEDpOT0_",
     .file = "/usr/include/c++/12/bits/unique_ptr.h",
     .line = 1065,
     .module_path = "/opt/robot/lib/libmap.so.2",
     .inlined = true},
    {.function = "Planner::plan",
     .symbol = "_ZN7Planner4planEi",
     .file = "/src/robot/planner.cpp",
     .line = 48,
     .module_path = "/opt/robot/lib/libmap.so.2"},
    {.function = "main", .module_path = "/opt/robot/bin/robot"},
    {.function = "__libc_start_call_main", .module_path = "/lib/x86_64-linux-gnu/libc.so.6"},
};
static const struct stack stack = {frames, 4, false};

static enum recording_block_kind kind;

static struct suppression_rule *match(enum leak_class class)
{
    struct suppression_block block = {&stack, class, kind};
    return suppression_match_leak(rules, arena, &block);
}

/* A rule of the locations that are given, one a line. */
static bool means(const char *locations)
{
    char text[1024];
    snprintf(text, sizeof text, "{\nname\nMemcheck:Leak\n%s\n}\n", locations);
    suppression_rules_free(rules);
    rules = suppression_rules_new();
    ck_assert_msg(read_text(text), "%s", error.message);
    return match(LEAK_DIRECT) != NULL;
}

START_TEST(the_innermost_frame_is_the_function_that_was_called)
{
    static const struct {
        const char *locations;
        bool is_meant[RECORDING_KIND_PYTHON + 1];
    } cases[] = {
        {"fun:malloc\nfun:*make_unique*", {true, false, false, true}},
        {"fun:calloc\nfun:*make_unique*", {true, false, false, true}},
        {"fun:_Znwm\nfun:*make_unique*", {false, true, false, false}},
        {"fun:_Znam\nfun:*make_unique*", {false, false, true, false}},
        {"fun:_Zn?m\n...", {false, true, true, false}},
        {"fun:malloc\nfun:_Znwm\nfun:*make_unique*", {true, false, false, false}}, /* its own new */
        {"fun:*\nfun:*make_unique*", {true, true, true, true}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int k = 0; k <= RECORDING_KIND_PYTHON; k++) {
            kind = (enum recording_block_kind)k;
            ck_assert_msg(means(cases[i].locations) == cases[i].is_meant[k], "%s of kind %d",
                          cases[i].locations, k);
        }
    }
    kind = RECORDING_KIND_MALLOC;
}
END_TEST

START_TEST(names_of_functions_are_the_linkers)
{
    ck_assert(means("fun:malloc\n...\nfun:_ZN7Planner4planEi"));
    ck_assert(!means("fun:malloc\n...\nfun:Planner::plan"));
    ck_assert(means("fun:malloc\nfun:make_unique<Map>")); /* inlined: the debug info's */
    ck_assert(!means("fun:malloc\nfun:std::make_unique<Map>"));
}
END_TEST

START_TEST(locations_fit_the_innermost_frames)
{
    ck_assert(means("fun:malloc\nfun:_ZSt11make_unique*\nfun:_ZN7Planner4planEi"));
    ck_assert(
        means("fun:malloc\nfun:*make_unique*\nfun:*Planner4plan*\nfun:main\nfun:(below main)"));
    ck_assert(!means("fun:malloc\nfun:_ZN7Planner4planEi"));
    ck_assert(means("fun:malloc\n...\nfun:_ZN7Planner4planEi"));
    ck_assert(means("...\nfun:main"));
    ck_assert(means("...\nfun:_Znwm\n...\nfun:main\n..."));
    ck_assert(!means("fun:*make_unique*")); /* the allocator comes first */
    ck_assert(means("fun:*\nobj:*/libmap.so*\nsrc:planner.cpp:48"));
    ck_assert(means("fun:*\nobj:*\nsrc:/src/*/planner.cpp\nobj:*/robot"));
    ck_assert(means("obj:*vgpreload*\nobj:*/libmap.so*"));
    ck_assert(!means("fun:*\nobj:*/libmap.so*\nsrc:planner.cpp:49"));
    ck_assert(!means("...\nfun:main\nfun:main"));
    ck_assert(!means("fun:free\n...\nfun:main"));
    ck_assert(!means("...\nfun:main\nfun:*\nfun:*"));
}
END_TEST

START_TEST(leak_kinds_choose_the_class)
{
    ck_assert(read_text("{\nn\nMemcheck:Leak\nmatch-leak-kinds: indirect\n...\nfun:main\n}\n"));
    ck_assert_ptr_null(match(LEAK_DIRECT));
    ck_assert_ptr_nonnull(match(LEAK_INDIRECT));
    ck_assert_ptr_nonnull(match(LEAK_CYCLE));
    ck_assert(!means("match-leak-kinds: reachable,possible\n...\nfun:main"));
    ck_assert(means("match-leak-kinds: definite\n...\nfun:main"));
}
END_TEST

START_TEST(a_template_is_looked_for_in_every_frame)
{
    static const struct {
        const char *template;
        bool is_meant;
    } cases[] = {{"leak:^Planner::plan$\n", true},      {"leak:Planner::plan(int)\n", true},
                 {"leak:planner.cpp\n", true},          {"leak:libmap.so\n", true},
                 {"leak:Planner::plan(char)\n", false}, {"leak:^planner.cpp\n", false},
                 {"leak:/opt/robot/*/robot$\n", true},  {"leak:robots\n", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        suppression_rules_free(rules);
        rules = suppression_rules_new();
        ck_assert(read_text(cases[i].template));
        ck_assert_msg((match(LEAK_DIRECT) != NULL) == cases[i].is_meant, "%s", cases[i].template);
    }
}
END_TEST

START_TEST(a_rule_for_frees_means_no_leaks)
{
    ck_assert(read_text("{\nn\nMemcheck:Free\nfun:free\n...\nfun:main\n}\n"));
    ck_assert_ptr_null(match(LEAK_DIRECT));
    ck_assert_ptr_nonnull(suppression_match_free(rules, arena, &stack, RECORDING_KIND_MALLOC));
}
END_TEST

/* Two sites: one holds a block of the other. */
static struct session *load_pair(void)
{
    struct recording_builder *builder = builder_new();
    uint32_t owner = builder_node(builder, 32, builder_simple_site(builder, 0x10));
    uint32_t owned = builder_node(builder, 64, builder_simple_site(builder, 0x20));
    struct session_options options = {.without_symbols = true, .suppressions = rules};
    struct session *session;
    char *path = path_in(folder, "4242.0.lgr");
    builder_edge(builder, owner, 0, owned, 0);
    builder_save(builder, path);
    builder_free(builder);
    session = session_load(folder, &options, &error);
    ck_assert_msg(session, "%s", error.message);
    free(path);
    return session;
}

START_TEST(what_a_suppressed_block_holds_goes_with_it)
{
    struct session *session;
    ck_assert(
        read_text("{\nn\nMemcheck:Leak\nmatch-leak-kinds: definite\nfun:malloc\nobj:/bin/robot\n}\n"
                  "leak:never\n"));
    session = load_pair();
    ck_assert_uint_eq(session->processes[0].leaks.all.blocks, 0);
    ck_assert_uint_eq(session->processes[0].leaks.suppressed.blocks, 2);
    ck_assert_uint_eq(session->processes[0].leaks.suppressed.bytes, 96);
    ck_assert_uint_eq(suppression_rules_get(rules, 0)->hits.blocks, 1);
    ck_assert_uint_eq(suppression_rules_get(rules, 0)->hits.bytes, 32);
    ck_assert_uint_eq(suppression_rules_get(rules, 1)->hits.blocks, 0);
    session_free(session);
}
END_TEST

START_TEST(a_rule_for_indirect_leaks_leaves_their_holder)
{
    struct session *session;
    ck_assert(read_text("{\nn\nMemcheck:Leak\nmatch-leak-kinds: indirect\nfun:malloc\nobj:*\n}\n"));
    session = load_pair();
    ck_assert_uint_eq(session->processes[0].leaks.direct.blocks, 1);
    ck_assert_uint_eq(session->processes[0].leaks.indirect.blocks, 0);
    ck_assert_uint_eq(session->processes[0].leaks.suppressed.bytes, 64);
    session_free(session);
}
END_TEST

START_TEST(built_in_ones_can_be_listed)
{
    size_t count = 0;
    while (count < suppressions_count()) {
        ck_assert_ptr_nonnull(suppressions_builtin(count).name);
        ck_assert_ptr_nonnull(suppressions_builtin(count++).what);
    }
    ck_assert_uint_ge(count, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("suppressions");
    TCase *tests = tcase_create("suppressions");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, valgrinds_own_file_parses);
    tcase_add_test(tests, files_of_leak_sanitizer_parse);
    tcase_add_test(tests, every_part_of_valgrinds_grammar_parses);
    tcase_add_loop_test(tests, a_wrong_line_is_named, 0, sizeof wrong / sizeof *wrong);
    tcase_add_test(tests, a_file_that_cannot_be_read_is_named);
    tcase_add_test(tests, a_long_file_is_read_whole);
    tcase_add_test(tests, a_template_is_a_part_of_the_text);
    tcase_add_test(tests, a_pattern_is_the_whole_text);
    tcase_add_test(tests, the_innermost_frame_is_the_function_that_was_called);
    tcase_add_test(tests, names_of_functions_are_the_linkers);
    tcase_add_test(tests, locations_fit_the_innermost_frames);
    tcase_add_test(tests, leak_kinds_choose_the_class);
    tcase_add_test(tests, a_template_is_looked_for_in_every_frame);
    tcase_add_test(tests, a_rule_for_frees_means_no_leaks);
    tcase_add_test(tests, what_a_suppressed_block_holds_goes_with_it);
    tcase_add_test(tests, a_rule_for_indirect_leaks_leaves_their_holder);
    tcase_add_test(tests, built_in_ones_can_be_listed);
    return suite_run(suite);
}
