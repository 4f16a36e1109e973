/* SPDX-License-Identifier: MIT */
/* Timelines: how they grow within bounds, are written and read, and what grows in them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/sites/growth.h"
#include "report/timeline/timeline_track.h"
#include "tests/suite.h"

#define SECOND 1000000000u

static struct timeline_track track;
static struct arena *arena;
static char path[] = "/tmp/leakgraph-timeline-XXXXXX";

static void setup(void)
{
    timeline_track_init(&track);
    arena = arena_new();
    strcpy(path + strlen(path) - 6, "XXXXXX");
    close(mkstemp(path));
}

static void teardown(void)
{
    timeline_track_release(&track);
    arena_free(arena);
    unlink(path);
}

static void write_text(const char *text)
{
    FILE *file = fopen(path, "w");

    fputs(text, file);
    fclose(file);
}

static struct timeline *written_and_read(void)
{
    struct error error = {0};
    FILE *file = fopen(path, "w");
    struct timeline *timeline;

    timeline_write(&track.timeline, file);
    fclose(file);
    timeline = timeline_read(arena, path, &error);
    ck_assert_msg(timeline != NULL, "%s", error.message);
    return timeline;
}

START_TEST(samples_merge_when_it_is_full)
{
    uint64_t most = 0, ticks = 100000;

    for (uint64_t i = 1; i <= ticks; i++)
        timeline_track_sample(&track, i, i == 777 ? 1u << 30 : i, i);
    ck_assert_uint_le(track.timeline.sample_count, TIMELINE_MOST);
    ck_assert_uint_ge(track.timeline.sample_count, TIMELINE_MOST / 2);
    ck_assert_uint_eq(track.timeline.samples[track.timeline.sample_count - 1].time_ns, ticks);
    for (size_t i = 0; i < track.timeline.sample_count; i++)
        if (most < track.timeline.samples[i].heap_bytes)
            most = track.timeline.samples[i].heap_bytes;
    ck_assert_uint_eq(most, 1u << 30);
}
END_TEST

/* Site k allocates k bytes every second, frees half of them; every tenth second nobody does
 * anything. */
static void run_sites(uint64_t seconds, uint64_t sites)
{
    struct raw_site *raw = calloc(sites, sizeof(*raw));

    for (uint64_t i = 1; i <= seconds; i++) {
        for (uint64_t k = 1; k < sites && i % 10; k++) {
            raw[k].allocations++;
            raw[k].allocated_bytes += k;
            raw[k].frees += i % 2;
            raw[k].freed_bytes += i % 2 * k;
        }
        timeline_track_counters(&track, i * SECOND, raw, sites);
    }
    free(raw);
}

START_TEST(intervals_add_up_however_often_they_merge)
{
    uint64_t allocations = 0, freed_bytes = 0, last_ns = 0;
    struct timeline *timeline;

    run_sites(5000, 4);
    timeline = written_and_read();
    ck_assert_uint_le(timeline->interval_count, TIMELINE_MOST);
    for (size_t i = 0; i < timeline->interval_count; i++) {
        const struct timeline_interval *interval = &timeline->intervals[i];

        ck_assert_uint_eq(interval->start_ns, last_ns);
        last_ns = interval->end_ns;
        for (size_t k = 0; k < interval->gain_count; k++)
            if (interval->gains[k].site_id == 3) {
                allocations += interval->gains[k].allocations;
                freed_bytes += interval->gains[k].freed_bytes;
            }
    }
    ck_assert_uint_eq(last_ns, 5000ull * SECOND);
    ck_assert_uint_eq(allocations, 4500);
    ck_assert_uint_eq(freed_bytes, 2500 * 3);
}
END_TEST

START_TEST(many_busy_sites_are_bounded)
{
    run_sites(60, 50000);
    ck_assert_uint_lt(track.gain_total, 600000);
    ck_assert_uint_ge(track.timeline.interval_count, 4);
}
END_TEST

START_TEST(what_was_written_is_read)
{
    struct timeline *timeline;

    timeline_track_sample(&track, 5, 10, 20);
    run_sites(2, 2);
    timeline = written_and_read();
    ck_assert_uint_eq(timeline->sample_count, 1);
    ck_assert_uint_eq(timeline->samples[0].rss_bytes, 20);
    ck_assert_uint_eq(timeline->interval_count, 2);
    ck_assert_uint_eq(timeline->intervals[1].gains[0].allocated_bytes, 1);
    ck_assert_uint_eq(timeline->intervals[1].gains[0].freed_bytes, 0);
}
END_TEST

START_TEST(damage_is_named_with_its_line)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", ":0: cut short"},
        {"leakgraph-timeline 2\nend\n", ":1: not a timeline of this version"},
        {"leakgraph-timeline 1\nheap 1 2 3\n", ":2: cut short"},
        {"leakgraph-timeline 1\nheap 1 2\nend\n", ":2: unexpected numbers"},
        {"leakgraph-timeline 1\nheap 1 2 -3\nend\n", ":2: unexpected numbers"},
        {"leakgraph-timeline 1\nheap 1 2 99999999999999999999\nend\n", ":2: unexpected numbers"},
        {"leakgraph-timeline 1\nheap 9 2 3\nheap 8 2 3\nend\n", ":3: time goes backwards"},
        {"leakgraph-timeline 1\nsite 1 2 3 4 5\nend\n", ":2: a site before the first interval"},
        {"leakgraph-timeline 1\ninterval 5 4\nend\n", ":2: time goes backwards"},
        {"leakgraph-timeline 1\nhello\nend\n", ":2: not a line of a timeline"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct error error = {0};

        write_text(cases[i].text);
        ck_assert_ptr_null(timeline_read(arena, path, &error));
        ck_assert_msg(strstr(error.message, cases[i].message), "%zu: %s", i, error.message);
    }
}
END_TEST

START_TEST(a_missing_timeline_is_no_error)
{
    struct error error = {0};

    ck_assert_ptr_null(timeline_read(arena, "/nowhere/1.0.timeline", &error));
    ck_assert_str_eq(error.message, "");
    ck_assert_str_eq(timeline_path(arena, "a/12.0.lgr"), "a/12.0.timeline");
}
END_TEST

/* Seconds 1 to 100 of a heap. */
static bool heap_grows(uint64_t (*heap)(uint64_t second), struct growth *growth)
{
    timeline_track_release(&track);
    for (uint64_t i = 1; i <= 100; i++)
        timeline_track_sample(&track, i * SECOND, heap(i), 0);
    ck_assert(growth_of_heap(&track.timeline, growth));
    return growth->keeps_growing;
}

static uint64_t flat(uint64_t second)
{
    (void)second;
    return 1000000;
}

static uint64_t warm_up(uint64_t second)
{
    return second < 30 ? second * 1000 : 30000;
}

static uint64_t saw(uint64_t second)
{
    return 1000 + second % 7 * 1000;
}

static uint64_t saw_with_a_leak(uint64_t second)
{
    return saw(second) + 10 * second;
}

/* A cache that only grows, in a program that ends as it should. */
static uint64_t freed_at_the_end(uint64_t second)
{
    return second < 98 ? 10 * second : 5;
}

START_TEST(an_orderly_end_does_not_hide_growth)
{
    struct growth growth;

    ck_assert(heap_grows(freed_at_the_end, &growth));
    ck_assert_double_gt(growth.bytes_per_second, 9);
    ck_assert_double_lt(growth.bytes_per_second, 12);
}
END_TEST

START_TEST(a_slow_leak_under_a_changing_load_is_growth)
{
    struct growth growth;

    ck_assert(!heap_grows(flat, &growth));
    ck_assert(!heap_grows(warm_up, &growth));
    ck_assert(!heap_grows(saw, &growth));
    ck_assert(heap_grows(saw_with_a_leak, &growth));
    ck_assert_double_gt(growth.bytes_per_second, 9);
    ck_assert_double_lt(growth.bytes_per_second, 12);
}
END_TEST

START_TEST(a_short_run_tells_nothing)
{
    struct growth growth;

    for (uint64_t i = 1; i <= 8; i++)
        timeline_track_sample(&track, i * SECOND, i, 0);
    ck_assert(!growth_of_heap(&track.timeline, &growth));
    ck_assert(!growth_of_heap(NULL, &growth));
}
END_TEST

START_TEST(the_site_that_grows_is_found)
{
    struct site sites[4] = {0};
    struct process process = {.sites = sites, .site_count = 4};
    struct site_growth *growing;
    struct raw_site raw[4] = {{0}};
    size_t count;

    for (uint64_t i = 1; i <= 100; i++) {
        raw[1].allocated_bytes += 1000; /* in and out */
        raw[1].allocations++;
        raw[1].frees += i > 3;
        raw[1].freed_bytes += i > 3 ? 1000 : 0;
        raw[2].allocated_bytes += i % 5 ? 0 : 100;
        raw[2].allocations += i % 5 == 0;
        raw[3].allocated_bytes += i < 20 ? 1u << 20 : 0;
        raw[3].allocations += i < 20;
        timeline_track_counters(&track, i * SECOND, raw, 4);
    }
    for (size_t i = 0; i < track.timeline.interval_count; i++)
        for (size_t k = 0; k < track.timeline.intervals[i].gain_count; k++)
            track.timeline.intervals[i].gains[k].site =
                &sites[track.timeline.intervals[i].gains[k].site_id];
    process.timeline = &track.timeline;
    growing = growth_of_sites(&process, &count);
    ck_assert_uint_eq(count, 1);
    ck_assert_ptr_eq(growing[0].site, &sites[2]);
    ck_assert_double_gt(growing[0].growth.bytes_per_second, 18);
    ck_assert_double_lt(growing[0].growth.bytes_per_second, 24);
    free(growing);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timeline");
    TCase *tests = tcase_create("timeline");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, samples_merge_when_it_is_full);
    tcase_add_test(tests, intervals_add_up_however_often_they_merge);
    tcase_add_test(tests, many_busy_sites_are_bounded);
    tcase_add_test(tests, what_was_written_is_read);
    tcase_add_test(tests, damage_is_named_with_its_line);
    tcase_add_test(tests, a_missing_timeline_is_no_error);
    tcase_add_test(tests, an_orderly_end_does_not_hide_growth);
    tcase_add_test(tests, a_slow_leak_under_a_changing_load_is_growth);
    tcase_add_test(tests, a_short_run_tells_nothing);
    tcase_add_test(tests, the_site_that_grows_is_found);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
