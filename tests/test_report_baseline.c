/* SPDX-License-Identifier: MIT */
/* The file of known findings: what it may say, what it means, and what an update leaves alone. */
#include "report/gate/baseline.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "report/gate/gate_text.h"
#include "report/gate/judgement.h"
#include "tests/model_builder.h"
#include "tests/recording_builder.h"
#include "tests/suite.h"

static char *folder, *path, *written;
static struct error error;
static struct budget_plan plan;

static void set_up(void)
{
    folder = make_test_folder();
    path = path_in(folder, "known");
    error = (struct error){0};
    written = NULL;
    budget_plan_start(&plan);
}

static void tear_down(void)
{
    remove_test_folder(folder);
    free(path);
    free(written);
}

static struct baseline *parse(const char *text)
{
    save_bytes(path, text, strlen(text));
    return baseline_read(path, false, &error);
}

static struct baseline *parse_good(const char *text)
{
    struct baseline *baseline = parse(text);

    ck_assert_msg(baseline, "%s", error.message);
    return baseline;
}

/* The judgement of the robot; `written` is its text. */
static struct judgement *judge(struct baseline *baseline)
{
    static struct session *sessions[1];
    static struct judgement_request request;
    struct judgement *judgement;
    size_t size;
    FILE *file;

    sessions[0] = model_builder_robot();
    request = (struct judgement_request){
        .who = {.sessions = sessions, .session_count = 1}, .plan = &plan, .baseline = baseline};
    judgement = judgement_new(&request, &error);
    free(written);
    file = open_memstream(&written, &size);
    gate_text_write(judgement, file);
    fclose(file);
    return judgement;
}

static enum budget_outcome outcome_with(const char *text)
{
    struct baseline *baseline = parse_good(text);
    struct judgement *judgement = judge(baseline);
    enum budget_outcome outcome = judgement->outcome;

    judgement_free(judgement);
    baseline_free(baseline);
    return outcome;
}

static void write_to_text(struct baseline *baseline)
{
    size_t size;
    FILE *file;

    free(written);
    file = open_memstream(&written, &size);
    baseline_write(baseline, file);
    fclose(file);
}

static const struct {
    const char *text, *message;
} wrong[] = {
    {"leek 0123456789abcdef\n", ":1: expected leak, cycle, error, real-time or growth, not 'leek'"},
    {"# c\n\nleak 0123\n", ":3: expected a fingerprint of 16 hex digits, not '0123'"},
    {"leak 0123456789ABCDEF\n", ":1: expected a fingerprint of 16 hex digits"},
    {"leak 0123456789abcdef count\n", ":1: expected KEY=VALUE, not 'count'"},
    {"leak 0123456789abcdef count=-1\n", ":1: expected a number, not '-1'"},
    {"leak 0123456789abcdef bytes=4K\n", ":1: expected a number, not '4K'"},
    {"leak 0123456789abcdef until=2027-01-01\n",
     ":1: expected count, bytes, owner, expires or process, not 'until'"},
    {"leak 0123456789abcdef expires=2027-02-30\n", ":1: expected a date like 2027-03-31"},
    {"leak 0123456789abcdef expires=1.1.2027\n", ":1: expected a date like 2027-03-31"},
};

START_TEST(a_wrong_line_is_named)
{
    ck_assert_ptr_null(parse(wrong[_i].text));
    ck_assert_msg(strstr(error.message, wrong[_i].message), "%s", error.message);
}
END_TEST

START_TEST(a_missing_file_is_an_error_unless_it_is_to_be_made)
{
    struct baseline *baseline;

    ck_assert_ptr_null(baseline_read("/no/such/file", false, &error));
    ck_assert_str_eq(error.message, "/no/such/file: No such file or directory");
    baseline = baseline_read("/no/such/file", true, &error);
    ck_assert_ptr_nonnull(baseline);
    baseline_free(baseline);
}
END_TEST

#define ALL_LEAKS                                                                                  \
    "leak 0123456789abcdef\nleak 1123456789abcdef\nleak 2123456789abcdef\n"                        \
    "cycle c123456789abcdef\n"

START_TEST(known_findings_do_not_count)
{
    budget_plan_limit(&plan, BUDGET_LEAKED_BLOCKS, 0);
    budget_plan_limit(&plan, BUDGET_LEAKED_BYTES, 0);
    budget_plan_limit(&plan, BUDGET_CYCLES, 0);
    ck_assert_int_eq(outcome_with(ALL_LEAKS), BUDGET_KEPT);
    ck_assert_ptr_nonnull(strstr(written, "baseline 12.6 KiB in 24 blocks"));
}
END_TEST

START_TEST(more_than_is_known_counts)
{
    budget_plan_limit(&plan, BUDGET_LEAKED_BLOCKS, 2);
    ck_assert_int_eq(outcome_with("leak 0123456789abcdef count=4\n"
                                  "leak 1123456789abcdef count=10 bytes=10240\n"
                                  "leak 2123456789abcdef\n"),
                     BUDGET_KEPT);
    ck_assert_int_eq(outcome_with("leak 0123456789abcdef count=4\n"
                                  "leak 1123456789abcdef count=9\n"
                                  "leak 2123456789abcdef\n"),
                     BUDGET_EXCEEDED);
    ck_assert_ptr_nonnull(strstr(written, "(map.cpp:12): leaked blocks 3, allowed 2"));
}
END_TEST

START_TEST(of_two_entries_for_one_finding_the_one_that_knows_more_counts)
{
    budget_plan_limit(&plan, BUDGET_CYCLES, 0);
    ck_assert_int_eq(outcome_with("cycle c123456789abcdef count=1\n"
                                  "cycle c123456789abcdef count=2\n"
                                  "cycle c123456789abcdef expires=2020-01-01\n"),
                     BUDGET_KEPT);
    ck_assert_ptr_null(strstr(written, "not seen"));
    ck_assert_int_eq(outcome_with("cycle c123456789abcdef count=2 expires=2020-01-01\n"
                                  "cycle c123456789abcdef count=1\n"),
                     BUDGET_EXCEEDED);
}
END_TEST

START_TEST(an_expired_entry_counts_again_and_is_named)
{
    budget_plan_limit(&plan, BUDGET_CYCLES, 0);
    ck_assert_int_eq(outcome_with("cycle c123456789abcdef expires=2999-12-31\n"), BUDGET_KEPT);
    ck_assert_int_eq(
        outcome_with(
            "cycle c123456789abcdef owner=\"the planner team\" expires=2020-02-29  # old\n"),
        BUDGET_EXCEEDED);
    ck_assert_ptr_nonnull(strstr(written, "expired on 2020-02-29: "));
    ck_assert_ptr_nonnull(strstr(
        written, "known:1: cycle c123456789abcdef, owner the planner team, old: counts again\n"));
}
END_TEST

START_TEST(an_entry_can_be_for_one_process)
{
    budget_plan_limit(&plan, BUDGET_CYCLES, 0);
    ck_assert_int_eq(outcome_with("cycle c123456789abcdef process=planner\n"), BUDGET_EXCEEDED);
    ck_assert_ptr_nonnull(strstr(written, "not seen: "));
    ck_assert_int_eq(outcome_with("cycle c123456789abcdef process=planner\n"
                                  "cycle c123456789abcdef process=rob*\n"),
                     BUDGET_KEPT);
}
END_TEST

START_TEST(an_update_knows_all_and_is_stable)
{
    struct baseline *baseline = baseline_read("/no/such/file", true, &error);
    struct judgement *judgement = judge(baseline);
    char *first;

    ck_assert(judgement_teach(judgement, baseline));
    write_to_text(baseline);
    ck_assert_ptr_nonnull(strstr(
        written, "\nleak 2123456789abcdef count=8 bytes=256  # callback\\x0awith \"quotes\""));
    judgement_free(judgement);
    baseline_free(baseline);
    first = strdup(written);
    ck_assert_int_eq(outcome_with(first), BUDGET_KEPT);
    baseline = parse_good(first);
    judgement = judge(baseline);
    ck_assert(judgement_teach(judgement, baseline));
    write_to_text(baseline);
    ck_assert_str_eq(written, first);
    judgement_free(judgement);
    baseline_free(baseline);
    free(first);
}
END_TEST

START_TEST(an_update_leaves_the_rest_alone)
{
    static const char text[] = "# ours\n\n"
                               "# ticket 12\n"
                               "leak   1123456789abcdef  count=12   bytes=12288 # as it is\n"
                               "\n# ticket 13\n"
                               "leak 0123456789abcdef count=1 owner=\"map team\"  # grew\n"
                               "# gone\n"
                               "leak ffffffffffffffff count=1\n"
                               "cycle c123456789abcdef  expires=2020-01-01  # expired\n"
                               "# the end\n";
    struct baseline *baseline = parse_good(text);
    struct judgement *judgement;

    budget_plan_limit(&plan, BUDGET_LEAKED_BLOCKS, 0);
    judgement = judge(baseline);
    ck_assert(judgement_teach(judgement, baseline));
    write_to_text(baseline);
    ck_assert_str_eq(written, "# ours\n\n"
                              "# ticket 12\n"
                              "leak   1123456789abcdef  count=12   bytes=12288 # as it is\n"
                              "\n# ticket 13\n"
                              "leak 0123456789abcdef count=4 owner=\"map team\"  # grew\n"
                              "# gone\n"
                              "leak ffffffffffffffff count=1\n"
                              "cycle c123456789abcdef  expires=2020-01-01  # expired\n"
                              "# the end\n"
                              "leak 2123456789abcdef count=8 bytes=256  # callback\\x0awith "
                              "\"quotes\" \\ and \xc3\xa4 (robot)\n");
    baseline_prune(baseline);
    write_to_text(baseline);
    ck_assert_ptr_null(strstr(written, "gone"));
    ck_assert_ptr_nonnull(strstr(written, "# ticket 12\n"));
    judgement_free(judgement);
    baseline_free(baseline);
}
END_TEST

START_TEST(pruning_keeps_the_head_of_the_file)
{
    struct baseline *baseline = parse_good("# of the robot\n\n# mine\nleak ffffffffffffffff\n");
    struct judgement *judgement = judge(baseline);

    baseline_prune(baseline);
    write_to_text(baseline);
    ck_assert_str_eq(written, "# of the robot\n\n");
    judgement_free(judgement);
    baseline_free(baseline);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("baseline");
    TCase *tests = tcase_create("baseline");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_wrong_line_is_named, 0, sizeof(wrong) / sizeof(wrong[0]));
    tcase_add_test(tests, a_missing_file_is_an_error_unless_it_is_to_be_made);
    tcase_add_test(tests, known_findings_do_not_count);
    tcase_add_test(tests, more_than_is_known_counts);
    tcase_add_test(tests, of_two_entries_for_one_finding_the_one_that_knows_more_counts);
    tcase_add_test(tests, an_expired_entry_counts_again_and_is_named);
    tcase_add_test(tests, an_entry_can_be_for_one_process);
    tcase_add_test(tests, an_update_knows_all_and_is_stable);
    tcase_add_test(tests, an_update_leaves_the_rest_alone);
    tcase_add_test(tests, pruning_keeps_the_head_of_the_file);
    return suite_run(suite);
}
