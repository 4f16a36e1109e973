/* SPDX-License-Identifier: MIT */
/* A folder of recordings becomes a session: figures, order, verdicts, and what cannot be read. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/model.h"
#include "tests/recording_builder.h"
#include "tests/suite.h"

static char *folder;
static struct recording_builder *builder;

static void set_up(void)
{
    folder = make_test_folder();
    builder = builder_new();
}

static void tear_down(void)
{
    builder_free(builder);
    remove_test_folder(folder);
}

static void save_as(const char *name)
{
    char *path = path_in(folder, name);
    builder_save(builder, path);
    free(path);
}

static struct session *load(void)
{
    struct error error = {0};
    struct session_options options = {.without_symbols = true};
    struct session *session = session_load(folder, &options, &error);
    ck_assert_msg(session, "%s", error.message);
    return session;
}

static struct session *load_built(void)
{
    save_as("4242.0.lgr");
    struct session *session = load();
    ck_assert_uint_eq(session->process_count, 1);
    return session;
}

START_TEST(sums_are_those_of_all_slots)
{
    uint32_t site = builder_simple_site(builder, 0x10);
    builder_header(builder)->threads_seen = 2;
    builder_header(builder)->peak_bytes = 500;
    builder_counters(builder, 0, site,
                     &(struct recording_site_counters){.allocations = 5,
                                                       .allocated_bytes = 500,
                                                       .frees = 1,
                                                       .freed_bytes = 100,
                                                       .temporary = 1});
    builder_counters(builder, 3, site,
                     &(struct recording_site_counters){.frees = 2, .freed_bytes = 200});
    struct session *session = load_built();
    const struct totals *totals = &session->processes[0].totals;
    ck_assert_uint_eq(totals->allocations, 5);
    ck_assert_uint_eq(totals->allocated_bytes, 500);
    ck_assert_uint_eq(totals->frees, 3);
    ck_assert_uint_eq(totals->live_blocks, 2);
    ck_assert_uint_eq(totals->live_bytes, 200);
    ck_assert_uint_eq(totals->peak_bytes, 500);
    ck_assert_uint_eq(totals->temporary_allocations, 1);
    ck_assert_uint_eq(totals->threads, 2);
    ck_assert_uint_eq(session->processes[0].site_count, 1);
    ck_assert_uint_eq(session->processes[0].sites[0].figures.live_bytes, 200);
    session_free(session);
}
END_TEST

START_TEST(a_child_starts_with_what_it_inherited)
{
    uint32_t site = builder_simple_site(builder, 0x10);
    builder_header(builder)->inherited_blocks = 4;
    builder_header(builder)->inherited_bytes = 64;
    builder_inherited(builder, site, 4, 64);
    builder_counters(builder, 0, site,
                     &(struct recording_site_counters){.frees = 1, .freed_bytes = 16});
    struct session *session = load_built();
    const struct process *process = &session->processes[0];
    ck_assert_uint_eq(process->totals.live_blocks, 3);
    ck_assert_uint_eq(process->totals.live_bytes, 48);
    ck_assert_uint_eq(process->totals.inherited_blocks, 4);
    ck_assert_uint_eq(process->totals.allocations, 0);
    session_free(session);
}
END_TEST

START_TEST(peak_of_a_site_is_what_each_slot_held_then)
{
    uint32_t site = builder_simple_site(builder, 0x10);
    builder_header(builder)->peak_number = 7;
    builder_header(builder)->peak_bytes = 1000;
    /* Touched since the peak: bytes_at_peak counts. Not touched since: what is live now counts. */
    builder_counters(builder, 0, site,
                     &(struct recording_site_counters){.allocated_bytes = 900,
                                                       .freed_bytes = 900,
                                                       .allocations = 9,
                                                       .frees = 9,
                                                       .bytes_at_peak = 300,
                                                       .peak_number = 7});
    builder_counters(
        builder, 1, site,
        &(struct recording_site_counters){
            .allocated_bytes = 50, .allocations = 1, .bytes_at_peak = 12345, .peak_number = 6});
    builder_inherited(builder, site, 1, 8);
    struct session *session = load_built();
    ck_assert_uint_eq(session->processes[0].sites[0].figures.peak_bytes, 300 + 50 + 8);
    session_free(session);
}
END_TEST

static void expect_lifetimes(const struct lifetime *found, size_t found_count,
                             const struct lifetime *expected, size_t count)
{
    ck_assert_uint_eq(found_count, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(found[i].under_ns, expected[i].under_ns);
        ck_assert_uint_eq(found[i].frees, expected[i].frees);
    }
}

START_TEST(lifetimes_are_summed_over_slots_and_sites)
{
    uint32_t one = builder_simple_site(builder, 0x10), other = builder_simple_site(builder, 0x20);
    builder_counters(builder, 0, one,
                     &(struct recording_site_counters){.allocations = 20,
                                                       .allocated_bytes = 20,
                                                       .frees = 3,
                                                       .lifetimes = {[0] = 1, [11] = 1}});
    builder_counters(
        builder, 1, one,
        &(struct recording_site_counters){.frees = 10, .lifetimes = {[11] = 8, [33] = 1}});
    builder_counters(builder, 0, other,
                     &(struct recording_site_counters){.allocations = 4, .frees = 4});
    struct session *session = load_built();
    const struct process *process = &session->processes[0];
    /* 4 us, 8 us, 2^24 ns = 17 ms, longer than all others */
    const struct lifetime of_one[] = {{4096, 2}, {8192, 1}, {1 << 24, 9}, {0, 1}};
    const struct lifetime of_all[] = {{4096, 6}, {8192, 1}, {1 << 24, 9}, {0, 1}};
    expect_lifetimes(process->sites[0].lifetimes, process->sites[0].lifetime_count, of_one, 4);
    expect_lifetimes(process->totals.lifetimes, process->totals.lifetime_count, of_all, 4);
    session_free(session);
}
END_TEST

START_TEST(lifetimes_beyond_32_bits_are_in_carries)
{
    const uint64_t once = UINT64_C(1) << 32;
    uint32_t site = builder_simple_site(builder, 0x10);
    builder_counters(builder, 0, site,
                     &(struct recording_site_counters){.allocations = 3 * once + 9,
                                                       .frees = 3 * once + 9,
                                                       .lifetimes = {[0] = 4, [11] = 3}});
    builder_carry(builder, &(struct recording_carry){.site = site, .order = 13, .times = 2});
    builder_carry(builder, &(struct recording_carry){.site = site, .order = 2, .times = 1});
    struct session *session = load_built();
    const struct lifetime expected[] = {{4096, 2}, {8192, once + 4}, {1 << 24, 2 * once + 3}};
    const struct site *found = &session->processes[0].sites[0];
    expect_lifetimes(found->lifetimes, found->lifetime_count, expected, 3);
    session_free(session);
}
END_TEST

START_TEST(sites_that_look_the_same_are_one)
{
    uint32_t one = builder_simple_site(builder, 0x10);
    uint32_t other = builder_simple_site(builder, 0x10);
    uint32_t different = builder_simple_site(builder, 0x20);
    const struct recording_site_counters once = {.allocations = 1, .allocated_bytes = 10};
    builder_counters(builder, 0, one, &once);
    builder_counters(builder, 1, other, &once);
    builder_counters(builder, 2, different, &once);
    struct session *session = load_built();
    const struct process *process = &session->processes[0];
    ck_assert_uint_eq(process->site_count, 2);
    ck_assert_uint_eq(process->sites[0].figures.allocations, 2);
    ck_assert_uint_eq(process->sites[1].figures.allocations, 1);
    session_free(session);
}
END_TEST

START_TEST(who_ran_is_told)
{
    builder_header(builder)->ended = RECORDING_SIGNAL;
    builder_header(builder)->status = 11;
    builder_header(builder)->dropped[RECORDING_DROP_FRAMES] = 3;
    struct session *session = load_built();
    const struct process *process = &session->processes[0];
    ck_assert_int_eq(process->pid, 4242);
    ck_assert_str_eq(process->executable, "/bin/robot");
    ck_assert_str_eq(process->command[0], "robot");
    ck_assert_str_eq(process->command[1], "--fast");
    ck_assert_ptr_null(process->command[2]);
    ck_assert_int_eq(process->ended, ENDED_SIGNAL);
    ck_assert_int_eq(process->status, 11);
    ck_assert_uint_eq(process->duration_ns, 4000);
    ck_assert_uint_eq(process->totals.dropped, 3);
    ck_assert_uint_eq(process->drop_count, 1);
    ck_assert_str_eq(process->drops[0].what, "stacks cut short: too deep or not walkable");
    session_free(session);
}
END_TEST

START_TEST(processes_come_in_order_of_their_start)
{
    builder_header(builder)->started_realtime_ns = 300;
    save_as("1.0.lgr");
    builder_header(builder)->started_realtime_ns = 100;
    save_as("3.0.lgr");
    builder_header(builder)->started_realtime_ns = 200;
    save_as("2.0.lgr");
    struct session *session = load();
    ck_assert_uint_eq(session->process_count, 3);
    ck_assert_uint_eq(session->processes[0].started_realtime_ns, 100);
    ck_assert_uint_eq(session->processes[1].started_realtime_ns, 200);
    ck_assert_uint_eq(session->processes[2].started_realtime_ns, 300);
    session_free(session);
}
END_TEST

START_TEST(damaged_recordings_are_listed_beside_the_good)
{
    char *path = path_in(folder, "1.0.lgr");
    save_bytes(path, "", 0);
    save_as("2.0.lgr");
    struct session *session = load();
    ck_assert_uint_eq(session->process_count, 1);
    ck_assert_uint_eq(session->damaged_count, 1);
    ck_assert_ptr_nonnull(strstr(session->damaged[0].message, "1.0.lgr: empty file"));
    session_free(session);
    free(path);
}
END_TEST

START_TEST(a_single_file_is_a_session)
{
    struct error error = {0};
    char *path = path_in(folder, "1.0.lgr");
    save_as("1.0.lgr");
    save_as("2.0.lgr");
    struct session *session = session_load(path, NULL, &error);
    ck_assert_msg(session, "%s", error.message);
    ck_assert_uint_eq(session->process_count, 1);
    ck_assert_str_eq(session->processes[0].path, path);
    session_free(session);
    free(path);
}
END_TEST

static void assert_no_session(const char *path, const char *message)
{
    struct error error = {0};
    ck_assert_ptr_null(session_load(path, NULL, &error));
    ck_assert_msg(strstr(error.message, message), "%s", error.message);
}

START_TEST(nothing_to_read_is_an_error)
{
    assert_no_session("/nonexistent/leakgraph.data",
                      "/nonexistent/leakgraph.data: No such file or directory; "
                      "record first: leakgraph record -- PROGRAM");
    assert_no_session(folder, "no recording (*.lgr) in it");
    char *path = path_in(folder, "1.0.lgr");
    save_bytes(path, "robot", 5);
    assert_no_session(folder, "1.0.lgr: not a leakgraph recording");
    free(path);
}
END_TEST

/* --- verdicts --- */

static void assert_unchecked(const char *why_not)
{
    struct session *session = load_built();
    ck_assert(!session->processes[0].leaks.checked);
    ck_assert_str_eq(session->processes[0].leaks.why_not, why_not);
    session_free(session);
}

START_TEST(killed_process_has_no_verdict)
{
    builder_without_snapshot(builder);
    builder_header(builder)->ended = RECORDING_RUNNING;
    builder_header(builder)->ended_ns = 0;
    builder_header(builder)->pid = 0x7ffffff0; /* nobody has it */
    assert_unchecked("the process was killed before a snapshot could be taken");
    builder_header(builder)->ended = RECORDING_KILLED;
    builder_header(builder)->status = 9;
    assert_unchecked("the process was killed before a snapshot could be taken");
}
END_TEST

START_TEST(running_process_is_told_from_a_reused_pid)
{
    builder_without_snapshot(builder);
    builder_header(builder)->ended = RECORDING_RUNNING;
    builder_header(builder)->pid = getpid();
    builder_header(builder)->process_start_ticks = 1; /* we started later */
    struct session *session = load_built();
    ck_assert_int_eq(session->processes[0].ended, ENDED_KILLED);
    session_free(session);
}
END_TEST

START_TEST(failed_snapshots_say_why)
{
    static const struct {
        enum recording_unchecked unchecked;
        int detail;
        const char *why_not;
    } cases[] = {
        {RECORDING_SNAPSHOT_FORK, 12,
         "the process could not be forked for the snapshot: Cannot allocate memory"},
        {RECORDING_SNAPSHOT_DIED, 11, "the process that took the snapshot died (SIGSEGV)"},
        {RECORDING_SNAPSHOT_DIED, 3 << 8, "the process that took the snapshot failed (status 3)"},
        {RECORDING_SNAPSHOT_FULL, 0, "there was no room in the recording for the snapshot"},
        {RECORDING_SNAPSHOT_TIMEOUT, 0, "the snapshot took too long and was given up"},
        {RECORDING_CHECKED, 0, "no complete snapshot is in the recording"},
    };
    builder_snapshot(builder)->state = RECORDING_SNAPSHOT_WRITING;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        builder_header(builder)->unchecked = cases[i].unchecked;
        builder_header(builder)->unchecked_detail = cases[i].detail;
        assert_unchecked(cases[i].why_not);
    }
}
END_TEST

START_TEST(own_malloc_is_no_clean_bill)
{
    builder_header(builder)->unseen = RECORDING_UNSEEN_OWN_MALLOC;
    assert_unchecked("the program has its own malloc: its blocks were not seen");
}
END_TEST

START_TEST(requested_snapshot_is_the_verdict_only_of_who_got_no_further)
{
    builder_snapshot(builder)->reason = RECORDING_AT_REQUEST;
    assert_unchecked("no complete snapshot is in the recording");
    builder_header(builder)->ended = RECORDING_KILLED;
    struct session *session = load_built();
    ck_assert(session->processes[0].leaks.checked);
    session_free(session);
}
END_TEST

/* Number 1 on request with one leaked block, number 2 refused, number 3 at exit with two. */
static void build_three_snapshots(void)
{
    uint32_t site = builder_simple_site(builder, 0x10);
    builder_node(builder, 32, site);
    *builder_snapshot(builder) = (struct recording_snapshot){
        .state = RECORDING_SNAPSHOT_COMPLETE,
        .reason = RECORDING_AT_REQUEST,
        .time_ns = 3000,
        .pause_ns = 20,
        .scan_ns = 50,
        .threads = 4,
        .flags = RECORDING_SNAPSHOT_QUIET,
        .graph_bytes = 8192,
        .label = builder_string(builder, "before", strlen("before")),
    };
    builder_next_snapshot(builder);
    struct recording_snapshot complete = *builder_snapshot(builder);
    builder_snapshot(builder)->state = RECORDING_SNAPSHOT_FAILED;
    builder_snapshot(builder)->reason = RECORDING_AT_PERIOD;
    builder_snapshot(builder)->failure = RECORDING_SNAPSHOT_PAUSE;
    builder_snapshot(builder)->expected_pause_ns = 80000000;
    builder_snapshot(builder)->pause_limit_ns = 50000000;
    builder_snapshot(builder)->label = 0;
    builder_next_snapshot(builder);
    *builder_snapshot(builder) = complete;
    builder_snapshot(builder)->reason = RECORDING_AT_EXIT;
    builder_node(builder, 32, site);
    save_as("1.0.lgr");
}

START_TEST(snapshots_are_listed_with_what_became_of_them)
{
    build_three_snapshots();
    struct session *session = load();
    const struct process *process = &session->processes[0];
    ck_assert_uint_eq(process->snapshot_count, 3);
    const struct snapshot *first = &process->snapshots[0], *refused = first + 1, *last = first + 2;
    ck_assert_uint_eq(first->number, 1);
    ck_assert_str_eq(first->label, "before");
    ck_assert_int_eq(first->reason, SNAPSHOT_AT_REQUEST);
    ck_assert_int_eq(first->state, SNAPSHOT_COMPLETE);
    ck_assert_ptr_null(first->why_not);
    ck_assert_uint_eq(first->time_ns, 2000);
    ck_assert_uint_eq(first->pause_ns, 20);
    ck_assert_uint_eq(first->scan_ns, 50);
    ck_assert_uint_eq(first->size_bytes, 8192);
    ck_assert_uint_eq(first->nodes, 1);
    ck_assert_uint_eq(first->bytes, 32);
    ck_assert(first->is_quiet);
    ck_assert_int_eq(refused->state, SNAPSHOT_FAILED);
    ck_assert_str_eq(refused->why_not,
                     "the program would have stood still for about 80.0 ms, 50.0 ms are allowed");
    ck_assert_uint_eq(last->nodes, 2);
    ck_assert_int_eq(last->reason, SNAPSHOT_AT_EXIT);
    session_free(session);
}
END_TEST

START_TEST(leaks_are_judged_by_the_last_snapshot_or_the_one_asked_for)
{
    struct error error = {0};
    build_three_snapshots();
    struct session *session = load();
    ck_assert_uint_eq(session->processes[0].leaks.all.blocks, 2);
    session_free(session);

    char *path = path_in(folder, "1.0.lgr@1");
    session = session_load(path, NULL, &error);
    ck_assert_msg(session, "%s", error.message);
    ck_assert_uint_eq(session->processes[0].leaks.all.blocks, 1);
    session_free(session);
    free(path);
}
END_TEST

START_TEST(snapshot_without_a_graph_is_an_error)
{
    struct error error = {0};
    build_three_snapshots();
    for (uint64_t number = 2; number < 6; number += 2) {
        struct session_options options = {.snapshot = number};
        ck_assert_ptr_null(session_load(folder, &options, &error));
        ck_assert_ptr_nonnull(
            strstr(error.message, number == 2 ? "no snapshot 2 with a graph (3 were taken)"
                                              : "no snapshot 4 with a graph"));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("session");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, sums_are_those_of_all_slots);
    tcase_add_test(all, a_child_starts_with_what_it_inherited);
    tcase_add_test(all, peak_of_a_site_is_what_each_slot_held_then);
    tcase_add_test(all, lifetimes_are_summed_over_slots_and_sites);
    tcase_add_test(all, lifetimes_beyond_32_bits_are_in_carries);
    tcase_add_test(all, sites_that_look_the_same_are_one);
    tcase_add_test(all, who_ran_is_told);
    tcase_add_test(all, processes_come_in_order_of_their_start);
    tcase_add_test(all, damaged_recordings_are_listed_beside_the_good);
    tcase_add_test(all, a_single_file_is_a_session);
    tcase_add_test(all, nothing_to_read_is_an_error);
    tcase_add_test(all, killed_process_has_no_verdict);
    tcase_add_test(all, running_process_is_told_from_a_reused_pid);
    tcase_add_test(all, failed_snapshots_say_why);
    tcase_add_test(all, own_malloc_is_no_clean_bill);
    tcase_add_test(all, requested_snapshot_is_the_verdict_only_of_who_got_no_further);
    tcase_add_test(all, snapshots_are_listed_with_what_became_of_them);
    tcase_add_test(all, leaks_are_judged_by_the_last_snapshot_or_the_one_asked_for);
    tcase_add_test(all, snapshot_without_a_graph_is_an_error);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
