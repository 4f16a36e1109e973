/* SPDX-License-Identifier: MIT */
/* What a file of limited size shows of a process's sites: whole stacks while there is room, and
 * then sums. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "report/view/shown_sites.h"
#include "tests/suite.h"

enum { DEEP_FRAMES = 20, SITES = 4 };

static struct frame frames[SITES][DEEP_FRAMES];
static struct site sites[SITES];
static const struct process process = {.sites = sites, .site_count = SITES};
static const struct lifetime short_lives[] = {{4096, 3}, {0, 1}},
                             long_lives[] = {{8192, 5}, {0, 2}};

/* The first two have different innermost lines, the last two the same one; callers differ from
 * frame 12 on. */
static void set_up(void)
{
    static const char *const functions[SITES] = {"load_map", "plan", "steer", "steer"};

    for (int i = 0; i < SITES; i++) {
        for (int k = 0; k < DEEP_FRAMES; k++)
            frames[i][k] = (struct frame){.function = k == 0 ? functions[i] : "step",
                                          .file = "robot.c",
                                          .module = "robot",
                                          .line = 10u + (unsigned)(k < 12 ? k : k + i)};
        sites[i] = (struct site){
            .figures.allocations = 10,
            .figures.allocated_bytes = 1000,
            .figures.frees = 6,
            .figures.temporary_allocations = 2,
            .stack = {.frames = frames[i], .frame_count = DEEP_FRAMES},
            .lifetimes = i == 2 ? short_lives : long_lives,
            .lifetime_count = 2,
        };
    }
}

START_TEST(with_room_enough_all_is_shown_as_it_is)
{
    struct shown_sites shown;
    size_t frames_left = 100;

    ck_assert(shown_sites_init(&shown, &process, &frames_left));
    ck_assert_uint_eq(shown.count, SITES);
    ck_assert_mem_eq(shown.all, sites, sizeof(sites));
    ck_assert_uint_eq(frames_left, 100 - SITES * DEEP_FRAMES);
    shown_sites_release(&shown);
}
END_TEST

START_TEST(the_biggest_keep_whole_stacks)
{
    struct shown_sites shown;
    size_t frames_left = DEEP_FRAMES;

    ck_assert(shown_sites_init(&shown, &process, &frames_left));
    ck_assert_uint_eq(shown.all[0].stack.frame_count, DEEP_FRAMES);
    ck_assert(!shown.all[0].stack.cut);
    ck_assert_uint_eq(shown.all[1].stack.frame_count, 1);
    ck_assert(shown.all[1].stack.cut);
    shown_sites_release(&shown);
}
END_TEST

START_TEST(those_that_look_the_same_are_one_with_the_sum)
{
    struct shown_sites shown;
    size_t frames_left = 0;

    ck_assert(shown_sites_init(&shown, &process, &frames_left));
    ck_assert_uint_eq(shown.count, 3);
    ck_assert_str_eq(shown.all[2].stack.frames[0].function, "steer");
    ck_assert_uint_eq(shown.all[2].figures.allocations, 20);
    ck_assert_uint_eq(shown.all[2].figures.allocated_bytes, 2000);
    ck_assert_uint_eq(shown.all[2].figures.frees, 12);
    ck_assert_uint_eq(shown.all[2].figures.temporary_allocations, 4);
    shown_sites_release(&shown);
}
END_TEST

START_TEST(lifetimes_of_one_are_of_all)
{
    static const struct lifetime both[] = {{4096, 3}, {8192, 5}, {0, 3}};
    struct shown_sites shown;
    size_t frames_left = 0;

    ck_assert(shown_sites_init(&shown, &process, &frames_left));
    ck_assert_uint_eq(shown.all[2].lifetime_count, 3);
    ck_assert_mem_eq(shown.all[2].lifetimes, both, sizeof(both));
    shown_sites_release(&shown);
}
END_TEST

START_TEST(what_is_in_the_peak_keeps_more)
{
    struct shown_sites shown;
    size_t frames_left = 0;

    sites[3].figures.peak_bytes = 8;
    ck_assert(shown_sites_init(&shown, &process, &frames_left));
    ck_assert_uint_eq(shown.count, SITES);
    ck_assert_uint_eq(shown.all[3].stack.frame_count, 4);
    shown_sites_release(&shown);
}
END_TEST

START_TEST(a_line_of_python_is_kept_behind_native_frames)
{
    struct shown_sites shown;
    size_t frames_left = 0;

    frames[0][5].language = FRAME_PYTHON;
    ck_assert(shown_sites_init(&shown, &process, &frames_left));
    ck_assert_uint_eq(shown.all[0].stack.frame_count, 6);
    shown_sites_release(&shown);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report_sites");
    TCase *tests = tcase_create("sites");
    tcase_add_checked_fixture(tests, set_up, NULL);
    tcase_add_test(tests, with_room_enough_all_is_shown_as_it_is);
    tcase_add_test(tests, the_biggest_keep_whole_stacks);
    tcase_add_test(tests, those_that_look_the_same_are_one_with_the_sum);
    tcase_add_test(tests, lifetimes_of_one_are_of_all);
    tcase_add_test(tests, what_is_in_the_peak_keeps_more);
    tcase_add_test(tests, a_line_of_python_is_kept_behind_native_frames);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
