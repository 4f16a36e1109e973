/* SPDX-License-Identifier: MIT */
#include "report/base/options.h"
#include "tests/suite.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>

static bool flag;
static const char *text;
static uint64_t count, size;
static unsigned choice;
static struct error error;
static int operand;

static const struct option_row rows[] = {
    {'f', "flag", NULL, "", option_flag, &flag},
    {'t', "text", "TEXT", "", option_text, &text},
    {'c', "count", "N", "", option_count, &count},
    {0, "size", "SIZE", "", option_size, &size},
    {0},
};
static const struct option_row more[] = {
    {0, "choice", "peak|leaked|allocated", "", option_choice, &choice},
    {0},
};
static const struct option_row *const groups[OPTION_GROUPS] = {rows, more};

/* Up to five words after the command. */
static enum options_outcome parse(bool stop_early, const char *a, const char *b, const char *c,
                                  const char *d)
{
    char *argv[] = {(char *)"command", (char *)a, (char *)b, (char *)c, (char *)d, NULL};
    int argc = 1;

    while (argv[argc])
        argc++;
    flag = false;
    text = NULL;
    count = size = 0;
    choice = 0;
    return options_parse(groups, argc, argv, stop_early, &operand, &error);
}

START_TEST(options_of_all_groups_are_read)
{
    ck_assert_int_eq(parse(false, "-f", "--text=hello", "-c12", "--choice=allocated"), OPTIONS_OK);
    ck_assert(flag);
    ck_assert_str_eq(text, "hello");
    ck_assert_uint_eq(count, 12);
    ck_assert_uint_eq(choice, 2);
    ck_assert_int_eq(operand, 5);
}
END_TEST

START_TEST(operands_may_stand_before_options)
{
    ck_assert_int_eq(parse(false, "session", "-f", NULL, NULL), OPTIONS_OK);
    ck_assert(flag);
    ck_assert_int_eq(operand, 2);
}
END_TEST

START_TEST(options_of_the_program_to_run_are_its_own)
{
    ck_assert_int_eq(parse(true, "ls", "-f", "--help", NULL), OPTIONS_OK);
    ck_assert(!flag);
    ck_assert_int_eq(operand, 1);
    ck_assert_int_eq(parse(true, "-f", "--", "--flag", NULL), OPTIONS_OK);
    ck_assert_int_eq(operand, 3);
}
END_TEST

START_TEST(help_is_an_option_of_every_command)
{
    ck_assert_int_eq(parse(false, "--help", NULL, NULL, NULL), OPTIONS_HELP);
    ck_assert_int_eq(parse(false, "-h", NULL, NULL, NULL), OPTIONS_HELP);
    ck_assert_int_eq(parse(false, "--help=man", NULL, NULL, NULL), OPTIONS_MAN);
}
END_TEST

static const struct {
    const char *words[2], *message;
} wrong[] = {
    {{"--nonsense"}, "unknown option '--nonsense'"},
    {{"-z"}, "unknown option '-z'"},
    {{"-c"}, "option '-c' needs an argument"},
    {{"--count"}, "option '--count' needs an argument"},
    {{"--flag=yes"}, "option '--flag=yes' takes no argument"},
    {{"--count", "many"}, "--count: 'many' is not a number"},
    {{"--count", "-1"}, "--count: '-1' is not a number"},
    {{"--count", "1.5"}, "--count: '1.5' is not a number"},
    {{"--count", ""}, "--count: '' is not a number"},
    {{"--count", "99999999999999999999"}, "--count: '99999999999999999999' is not a number"},
    {{"--choice", "peak|leaked"}, "--choice: 'peak|leaked' is not one of peak|leaked|allocated"},
    {{"--choice", "pea"}, "--choice: 'pea' is not one of peak|leaked|allocated"},
    {{"--choice", ""}, "--choice: '' is not one of peak|leaked|allocated"},
};

START_TEST(a_wrong_option_gets_one_clear_line)
{
    ck_assert_int_eq(parse(false, wrong[_i].words[0], wrong[_i].words[1], NULL, NULL),
                     OPTIONS_WRONG);
    ck_assert_str_eq(error.message, wrong[_i].message);
}
END_TEST

static const struct {
    const char *text;
    uint64_t bytes;
} sizes[] = {
    {"0", 0},
    {"4096", 4096},
    {"7B", 7},
    {"1K", 1024},
    {"1k", 1024},
    {"2KB", 2048},
    {"3KiB", 3072},
    {"5M", 5u << 20},
    {"1GiB", 1u << 30},
    {"2T", 2ull << 40},
    {"18446744073709551615", UINT64_MAX},
};

START_TEST(sizes_take_units)
{
    ck_assert_int_eq(parse(false, "--size", sizes[_i].text, NULL, NULL), OPTIONS_OK);
    ck_assert_uint_eq(size, sizes[_i].bytes);
}
END_TEST

static const char *const bad_sizes[] = {"",
                                        "K",
                                        "-1",
                                        " 1",
                                        "1 K",
                                        "1X",
                                        "1Ki",
                                        "1iB",
                                        "1KiBi",
                                        "0x10",
                                        "1.5K",
                                        "1KK",
                                        "17592186044416T",
                                        "18446744073709551616"};

START_TEST(garbage_is_no_size)
{
    ck_assert_int_eq(parse(false, "--size", bad_sizes[_i], NULL, NULL), OPTIONS_WRONG);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("options");

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, options_of_all_groups_are_read);
    tcase_add_test(tests, operands_may_stand_before_options);
    tcase_add_test(tests, options_of_the_program_to_run_are_its_own);
    tcase_add_test(tests, help_is_an_option_of_every_command);
    tcase_add_loop_test(tests, a_wrong_option_gets_one_clear_line, 0,
                        sizeof(wrong) / sizeof(wrong[0]));
    tcase_add_loop_test(tests, sizes_take_units, 0, sizeof(sizes) / sizeof(sizes[0]));
    tcase_add_loop_test(tests, garbage_is_no_size, 0, sizeof(bad_sizes) / sizeof(bad_sizes[0]));
    return suite_run(suite);
}
