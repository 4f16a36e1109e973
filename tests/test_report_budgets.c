/* SPDX-License-Identifier: MIT */
#include "report/gate/judgement.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/recording/timeline.h"
#include "report/gate/gate_text.h"
#include "tests/model_builder.h"
#include "tests/suite.h"

static char *written;
static struct budget_plan plan;
static struct subjects_request who;
static struct session *sessions[8];

static void set_up(void)
{
    budget_plan_start(&plan);
    who = (struct subjects_request){.sessions = sessions, .needed = 2};
}

static enum budget_outcome judge_all(size_t count)
{
    struct judgement_request request = {.who = who, .plan = &plan};
    struct error error = {0};
    struct judgement *judgement;
    enum budget_outcome outcome;
    size_t size;
    FILE *file;

    request.who.session_count = count;
    judgement = judgement_new(&request, &error);
    free(written);
    written = NULL;
    file = open_memstream(&written, &size);
    gate_text_write(judgement, file);
    fclose(file);
    outcome = judgement->outcome;
    judgement_free(judgement);
    return outcome;
}

static enum budget_outcome judge(struct session *session)
{
    sessions[0] = session;
    return judge_all(1);
}

/* A plan with this limit alone. */
static void limit(enum budget_measure measure, uint64_t value)
{
    budget_plan_start(&plan);
    budget_plan_limit(&plan, measure, value);
}

static bool says(const char *text)
{
    return strstr(written, text) != NULL;
}

START_TEST(without_budgets_no_leak_is_allowed)
{
    ck_assert_int_eq(judge(model_builder_robot()), BUDGET_EXCEEDED);
    ck_assert_str_eq(written,
                     "load_map(std::string const&; int) (map.cpp:12): leaked blocks 24, allowed 0; "
                     "robot (pid 123), 12 of them here\n"
                     "make_nodes(int) (robot.cpp:30): cycles 2, allowed 0; robot (pid 123)\n"
                     "main (robot.cpp:80): wrong frees 4, allowed 0; robot (pid 123), 3 of them "
                     "here\n"
                     "    main (robot.cpp:80): 1 mismatched free; robot (pid 123)\n"
                     "not counted: suppressed 0 B in 0 blocks, baseline 0 B in 0 blocks\n"
                     "failed: 3 budgets exceeded, 1 process judged\n");
    ck_assert_int_eq(judge(model_builder_clean()), BUDGET_KEPT);
    ck_assert_str_eq(written, "not counted: suppressed 0 B in 0 blocks, baseline 0 B in 0 blocks\n"
                              "within all budgets: 1 process\n");
}
END_TEST

START_TEST(a_budget_is_kept_up_to_its_limit)
{
    static const struct {
        enum budget_measure measure;
        uint64_t measured;
    } cases[] = {{BUDGET_LEAKED_BLOCKS, 24},
                 {BUDGET_LEAKED_BYTES, 12928},
                 {BUDGET_CYCLES, 2},
                 {BUDGET_ERRORS, 4}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        limit(cases[i].measure, cases[i].measured);
        ck_assert_int_eq(judge(model_builder_robot()), BUDGET_KEPT);
        limit(cases[i].measure, cases[i].measured - 1);
        ck_assert_int_eq(judge(model_builder_robot()), BUDGET_EXCEEDED);
    }
    limit(BUDGET_PEAK, 17343);
    ck_assert_int_eq(judge(model_builder_robot()), BUDGET_EXCEEDED);
    ck_assert(says("peak 16.9 KiB, allowed 16.9 KiB; robot (pid 123)\n"));
}
END_TEST

START_TEST(budgets_behind_a_process_are_its_own)
{
    budget_plan_limit(&plan, BUDGET_LEAKED_BLOCKS, 0);
    budget_plan_group(&plan, "rob*");
    budget_plan_limit(&plan, BUDGET_LEAKED_BLOCKS, 24);
    ck_assert_int_eq(judge(model_builder_robot()), BUDGET_KEPT);
    budget_plan_start(&plan);
    budget_plan_group(&plan, "rob*");
    budget_plan_limit(&plan, BUDGET_LEAKED_BLOCKS, 24);
    budget_plan_group(&plan, "robot");
    budget_plan_limit(&plan, BUDGET_LEAKED_BLOCKS, 23);
    ck_assert_int_eq(judge(model_builder_robot()), BUDGET_EXCEEDED);
}
END_TEST

START_TEST(a_process_without_budgets_picks_who_is_judged)
{
    struct session *session = model_builder_launch();

    session->damaged_count = 0;
    budget_plan_group(&plan, "rob?t");
    ck_assert_int_eq(judge(session), BUDGET_EXCEEDED);
    ck_assert(says("1 process judged"));
    ck_assert(!says("no verdict"));
    budget_plan_start(&plan);
    budget_plan_group(&plan, "planner*");
    ck_assert_int_eq(judge(session), BUDGET_NO_VERDICT);
    ck_assert(says("no verdict: no process called 'planner*' was recorded\n"));
}
END_TEST

START_TEST(a_budget_for_nobody_is_not_kept)
{
    budget_plan_limit(&plan, BUDGET_LEAKED_BLOCKS, 24);
    budget_plan_group(&plan, "rob*");
    budget_plan_limit(&plan, BUDGET_CYCLES, 2);
    budget_plan_group(&plan, "planer");
    budget_plan_limit(&plan, BUDGET_LEAKED_BLOCKS, 0);
    ck_assert_int_eq(judge(model_builder_robot()), BUDGET_NO_VERDICT);
    ck_assert(says("no verdict: no process called 'planer' was recorded\n"));
}
END_TEST

START_TEST(a_site_with_its_own_budget_counts_for_no_other)
{
    budget_plan_limit(&plan, BUDGET_LEAKED_BLOCKS, 12);
    budget_plan_site(&plan, "1123456789abcdef", 12288);
    ck_assert_int_eq(judge(model_builder_robot()), BUDGET_KEPT);
    plan.sites[0].bytes = 12287;
    ck_assert_int_eq(judge(model_builder_robot()), BUDGET_EXCEEDED);
    ck_assert(says("(map.cpp:12): leaked by this site 12.0 KiB, allowed 12.0 KiB; robot"));
}
END_TEST

START_TEST(allocations_on_real_time_threads_count)
{
    static const char *const names[] = {"ctrl*"};
    struct session *session = model_builder_robot();
    struct thread_site used = {&session->processes[0].sites[0], 5, 480};
    struct thread threads[2] = {
        {.name = "robot", .threads = 1, .sites = &used, .site_count = 1},
        {.name = "ctrl_loop", .threads = 1, .sites = &used, .site_count = 1},
    };

    session->processes[0].threads = threads;
    session->processes[0].thread_count = 2;
    limit(BUDGET_REAL_TIME, 4);
    session->processes[0].drops = NULL;
    session->processes[0].drop_count = 0;
    ck_assert_int_eq(judge(session), BUDGET_KEPT);
    who.real_time = (struct real_time_names){names, 1};
    ck_assert_int_eq(judge(session), BUDGET_EXCEEDED);
    ck_assert(says("(robot.cpp:30): allocations on real-time threads 5, allowed 4; robot"));
    who.real_time.count = 0;
    threads[0].real_time = true;
    ck_assert_int_eq(judge(session), BUDGET_EXCEEDED);
    limit(BUDGET_REAL_TIME, 5);
    ck_assert_int_eq(judge(session), BUDGET_KEPT);
}
END_TEST

/* Thirty samples over 29 seconds, of a heap that gains so much each second. */
static struct timeline *growing(int64_t bytes)
{
    static struct timeline_sample samples[30];
    static struct timeline timeline;

    for (uint64_t i = 0; i < 30; i++)
        samples[i] =
            (struct timeline_sample){i * 1000000000u, (uint64_t)(100000 + bytes * (int64_t)i), 0};
    timeline = (struct timeline){.samples = samples, .sample_count = 30};
    return &timeline;
}

START_TEST(growth_needs_a_course_in_time)
{
    struct session *session = model_builder_robot();

    session->processes[0].drop_count = 0;
    limit(BUDGET_GROWTH, 5000);
    ck_assert_int_eq(judge(session), BUDGET_NO_VERDICT);
    ck_assert(says("no verdict: robot (pid 123): growth per minute: its memory over time was not"));
    session->processes[0].timeline = growing(100);
    ck_assert_int_eq(judge(session), BUDGET_EXCEEDED);
    ck_assert(says("growth per minute "));
    limit(BUDGET_GROWTH, 7000);
    ck_assert_int_eq(judge(session), BUDGET_KEPT);
    session->processes[0].timeline = growing(-100);
    limit(BUDGET_GROWTH, 0);
    ck_assert_int_eq(judge(session), BUDGET_KEPT);
    growing(100)->sample_count = 3;
    ck_assert_int_eq(judge(session), BUDGET_NO_VERDICT);
    ck_assert(says("the run was too short to tell (2.3 s)"));
}
END_TEST

START_TEST(figures_that_are_too_low_have_no_verdict)
{
    struct session *session = model_builder_clean();
    struct drop drop = {"events not counted", 3, true};

    session->processes[0].drops = &drop;
    session->processes[0].drop_count = 1;
    limit(BUDGET_PEAK, 1 << 20);
    ck_assert_int_eq(judge(session), BUDGET_NO_VERDICT);
    ck_assert(says("peak: events not counted (3)"));
    drop.from_counts = false;
    ck_assert_int_eq(judge(session), BUDGET_KEPT);
}
END_TEST

/* The robot with other figures, as another run; the model's parts are static, so they are copied.
 */
static struct session *run_with(struct leak *leaks, uint64_t blocks, struct process *process)
{
    static struct session copies[8];
    static size_t next;
    struct session *copy = &copies[next++ % 8];
    const struct session *robot = model_builder_robot();

    *process = robot->processes[0];
    leaks[0] = process->leaks.sites[0];
    leaks[0].amount = (struct amount){blocks, 10 * blocks};
    process->leaks.sites = leaks;
    process->leaks.site_count = blocks > 0;
    process->cycle_count = process->error_count = 0;
    *copy = *robot;
    copy->processes = process;
    copy->process_count = 1;
    return copy;
}

static enum budget_outcome judge_runs(const uint64_t *blocks, size_t count)
{
    static struct leak leaks[8];
    static struct process processes[8];

    for (size_t i = 0; i < count; i++)
        sessions[i] = run_with(&leaks[i], blocks[i], &processes[i]);
    who.repeated = true;
    return judge_all(count);
}

START_TEST(only_what_repeats_counts)
{
    ck_assert_int_eq(judge_runs((uint64_t[]){0, 12, 0}, 3), BUDGET_KEPT);
    ck_assert(
        says("flaky: load_map(std::string const&; int) (map.cpp:12): 12 blocks leaked, 120 B; "
             "robot, in 1 of 3 runs: does not count\n"));
    ck_assert(says("flaky 120 B in 12 blocks"));
    ck_assert_int_eq(judge_runs((uint64_t[]){0, 12, 7}, 3), BUDGET_EXCEEDED);
    ck_assert(says("leaked blocks 7, allowed 0; robot, in 2 of 3 runs\n"));
    ck_assert(says("in 2 of 3 runs: counts\n"));
    ck_assert_int_eq(judge_runs((uint64_t[]){9, 12, 7}, 3), BUDGET_EXCEEDED);
    ck_assert(says("leaked blocks 9, allowed 0; robot, in 3 of 3 runs\n"));
    ck_assert(!says("flaky:"));
    who.needed = 3;
    ck_assert_int_eq(judge_runs((uint64_t[]){0, 12, 7}, 3), BUDGET_KEPT);
}
END_TEST

START_TEST(several_sessions_are_judged_one_by_one)
{
    static struct leak leaks[2];
    static struct process processes[2];

    sessions[0] = run_with(&leaks[0], 0, &processes[0]);
    sessions[1] = run_with(&leaks[1], 3, &processes[1]);
    ck_assert_int_eq(judge_all(2), BUDGET_EXCEEDED);
    ck_assert(says("leaked blocks 3, allowed 0; robot (pid 123)\n"));
}
END_TEST

START_TEST(what_was_not_checked_has_no_verdict)
{
    struct session *session = model_builder_launch();

    session->processes++; /* all but the leaking one */
    session->process_count--;
    session->damaged_count = 0;
    ck_assert_int_eq(judge(session), BUDGET_NO_VERDICT);
    ck_assert(says("no verdict: talker.py (pid 201), killed by SIGKILL: killed before "
                   "its blocks could be checked\n"));
    session->processes--;
}
END_TEST

START_TEST(a_killed_process_has_no_verdict_though_an_earlier_snapshot_was_fine)
{
    struct session *session = model_builder_clean();

    session->processes[0].ended = ENDED_KILLED;
    ck_assert_int_eq(judge(session), BUDGET_NO_VERDICT);
}
END_TEST

START_TEST(an_image_whose_replacement_is_missing_has_no_verdict)
{
    struct session *session = model_builder_clean();

    session->processes[0].ended = ENDED_EXEC;
    ck_assert_int_eq(judge(session), BUDGET_NO_VERDICT);
    ck_assert(says("no verdict: talker.py (pid 200), replaced by exec: what replaced it was not "
                   "recorded\n"));
}
END_TEST

START_TEST(a_replaced_image_with_blocks_needs_a_check)
{
    struct session *session = model_builder_clean();

    session->process_count = 2;
    session->processes[1] = session->processes[0];
    session->processes[0].ended = ENDED_EXEC;
    session->processes[0].leaks = (struct leaks){.why_not = "replaced by exec"};
    ck_assert_int_eq(judge(session), BUDGET_KEPT);
    session->processes[0].totals.live_blocks = 1;
    ck_assert_int_eq(judge(session), BUDGET_NO_VERDICT);
}
END_TEST

START_TEST(a_peak_is_known_without_a_check)
{
    struct session *session = model_builder_launch();

    session->damaged_count = 0;
    limit(BUDGET_PEAK, 1 << 20);
    ck_assert_int_eq(judge(session), BUDGET_KEPT);
}
END_TEST

START_TEST(a_damaged_recording_has_no_verdict)
{
    struct session *session = model_builder_launch();

    limit(BUDGET_PEAK, 1 << 20);
    ck_assert_int_eq(judge(session), BUDGET_NO_VERDICT);
    ck_assert_ptr_nonnull(strstr(written, "9.0.lgr: truncated"));
}
END_TEST

START_TEST(nothing_recorded_has_no_verdict)
{
    struct session *session = model_builder_clean();

    session->process_count = 0;
    ck_assert_int_eq(judge(session), BUDGET_NO_VERDICT);
}
END_TEST

START_TEST(an_exceeded_budget_counts_more_than_a_missing_verdict)
{
    ck_assert_int_eq(judge(model_builder_launch()), BUDGET_EXCEEDED);
    ck_assert_ptr_nonnull(strstr(written, "no verdict: "));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("budgets");
    TCase *tests = tcase_create("budgets");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, without_budgets_no_leak_is_allowed);
    tcase_add_test(tests, a_budget_is_kept_up_to_its_limit);
    tcase_add_test(tests, budgets_behind_a_process_are_its_own);
    tcase_add_test(tests, a_process_without_budgets_picks_who_is_judged);
    tcase_add_test(tests, a_budget_for_nobody_is_not_kept);
    tcase_add_test(tests, a_site_with_its_own_budget_counts_for_no_other);
    tcase_add_test(tests, allocations_on_real_time_threads_count);
    tcase_add_test(tests, growth_needs_a_course_in_time);
    tcase_add_test(tests, figures_that_are_too_low_have_no_verdict);
    tcase_add_test(tests, only_what_repeats_counts);
    tcase_add_test(tests, several_sessions_are_judged_one_by_one);
    tcase_add_test(tests, what_was_not_checked_has_no_verdict);
    tcase_add_test(tests, a_killed_process_has_no_verdict_though_an_earlier_snapshot_was_fine);
    tcase_add_test(tests, an_image_whose_replacement_is_missing_has_no_verdict);
    tcase_add_test(tests, a_replaced_image_with_blocks_needs_a_check);
    tcase_add_test(tests, a_peak_is_known_without_a_check);
    tcase_add_test(tests, a_damaged_recording_has_no_verdict);
    tcase_add_test(tests, nothing_recorded_has_no_verdict);
    tcase_add_test(tests, an_exceeded_budget_counts_more_than_a_missing_verdict);
    return suite_run(suite);
}
