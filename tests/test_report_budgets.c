/* SPDX-License-Identifier: MIT */
#include "report/budgets.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model_builder.h"

static char *written;
static const struct budgets none = {BUDGET_NONE, BUDGET_NONE, BUDGET_NONE, BUDGET_NONE};

static enum budget_outcome judge(const struct budgets *asked, const struct session *session)
{
    struct budgets budgets = budgets_or_default(asked);
    enum budget_outcome outcome;
    size_t size;
    FILE *file;

    free(written);
    written = NULL;
    file = open_memstream(&written, &size);
    outcome = budgets_judge(&budgets, session, file);
    fclose(file);
    return outcome;
}

START_TEST(without_budgets_no_leak_is_allowed)
{
    ck_assert_int_eq(judge(&none, model_builder_robot()), BUDGET_EXCEEDED);
    ck_assert_str_eq(written,
                     "load_map(std::string const&; int) (map.cpp:12): leaked blocks 24, allowed 0; "
                     "robot (pid 123)\n"
                     "make_nodes(int) (robot.cpp:30): cycles 2, allowed 0; robot (pid 123)\n");
    ck_assert_int_eq(judge(&none, model_builder_clean()), BUDGET_KEPT);
    ck_assert_str_eq(written, "within all budgets: 1 process\n");
}
END_TEST

START_TEST(a_budget_is_kept_up_to_its_limit)
{
    struct budgets budgets = none;

    budgets.leaked_blocks = 24;
    ck_assert_int_eq(judge(&budgets, model_builder_robot()), BUDGET_KEPT);
    budgets.leaked_blocks = 23;
    ck_assert_int_eq(judge(&budgets, model_builder_robot()), BUDGET_EXCEEDED);
    budgets = none;
    budgets.leaked_bytes = 12927;
    ck_assert_int_eq(judge(&budgets, model_builder_robot()), BUDGET_EXCEEDED);
    budgets.leaked_bytes = 12928;
    ck_assert_int_eq(judge(&budgets, model_builder_robot()), BUDGET_KEPT);
    budgets.peak_bytes = 17343;
    ck_assert_int_eq(judge(&budgets, model_builder_robot()), BUDGET_EXCEEDED);
    budgets = none;
    budgets.cycles = 1;
    ck_assert_int_eq(judge(&budgets, model_builder_robot()), BUDGET_EXCEEDED);
    budgets.cycles = 2;
    ck_assert_int_eq(judge(&budgets, model_builder_robot()), BUDGET_KEPT);
}
END_TEST

START_TEST(what_was_not_checked_has_no_verdict)
{
    struct session *session = model_builder_launch();

    session->processes++; /* all but the leaking one */
    session->process_count--;
    session->damaged_count = 0;
    ck_assert_int_eq(judge(&none, session), BUDGET_NO_VERDICT);
    ck_assert_str_eq(written, "no verdict: talker.py (pid 201), killed by SIGKILL: killed before "
                              "its blocks could be checked\n");
    session->processes--;
}
END_TEST

START_TEST(a_killed_process_has_no_verdict_though_an_earlier_snapshot_was_fine)
{
    struct session *session = model_builder_clean();

    session->processes[0].ended = ENDED_KILLED;
    ck_assert_int_eq(judge(&none, session), BUDGET_NO_VERDICT);
}
END_TEST

START_TEST(an_image_whose_replacement_is_missing_has_no_verdict)
{
    struct session *session = model_builder_clean();

    session->processes[0].ended = ENDED_EXEC;
    ck_assert_int_eq(judge(&none, session), BUDGET_NO_VERDICT);
    ck_assert_str_eq(
        written,
        "no verdict: talker.py (pid 200), replaced by exec: what replaced it was not recorded\n");
}
END_TEST

START_TEST(a_replaced_image_with_blocks_needs_a_check)
{
    struct session *session = model_builder_clean();

    session->process_count = 2;
    session->processes[1] = session->processes[0];
    session->processes[0].ended = ENDED_EXEC;
    session->processes[0].leaks = (struct leaks){.why_not = "replaced by exec"};
    ck_assert_int_eq(judge(&none, session), BUDGET_KEPT);
    session->processes[0].totals.live_blocks = 1;
    ck_assert_int_eq(judge(&none, session), BUDGET_NO_VERDICT);
}
END_TEST

START_TEST(a_peak_is_known_without_a_check)
{
    struct budgets budgets = none;
    struct session *session = model_builder_launch();

    session->damaged_count = 0;
    budgets.peak_bytes = 1 << 20;
    ck_assert_int_eq(judge(&budgets, session), BUDGET_KEPT);
}
END_TEST

START_TEST(a_damaged_recording_has_no_verdict)
{
    struct session *session = model_builder_launch();
    struct budgets budgets = none;

    budgets.peak_bytes = 1 << 20;
    ck_assert_int_eq(judge(&budgets, session), BUDGET_NO_VERDICT);
    ck_assert_ptr_nonnull(strstr(written, "9.0.lgr: truncated"));
}
END_TEST

START_TEST(nothing_recorded_has_no_verdict)
{
    struct session *session = model_builder_clean();

    session->process_count = 0;
    ck_assert_int_eq(judge(&none, session), BUDGET_NO_VERDICT);
}
END_TEST

START_TEST(an_exceeded_budget_counts_more_than_a_missing_verdict)
{
    ck_assert_int_eq(judge(&none, model_builder_launch()), BUDGET_EXCEEDED);
    ck_assert_ptr_nonnull(strstr(written, "no verdict: "));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("budgets");
    TCase *tests = tcase_create("budgets");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, without_budgets_no_leak_is_allowed);
    tcase_add_test(tests, a_budget_is_kept_up_to_its_limit);
    tcase_add_test(tests, what_was_not_checked_has_no_verdict);
    tcase_add_test(tests, a_killed_process_has_no_verdict_though_an_earlier_snapshot_was_fine);
    tcase_add_test(tests, an_image_whose_replacement_is_missing_has_no_verdict);
    tcase_add_test(tests, a_replaced_image_with_blocks_needs_a_check);
    tcase_add_test(tests, a_peak_is_known_without_a_check);
    tcase_add_test(tests, a_damaged_recording_has_no_verdict);
    tcase_add_test(tests, nothing_recorded_has_no_verdict);
    tcase_add_test(tests, an_exceeded_budget_counts_more_than_a_missing_verdict);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
