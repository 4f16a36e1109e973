/* SPDX-License-Identifier: MIT */
/* What the memory of threads was for: the stream of places, and the names of roots that come from
 * it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/model.h"
#include "analyzer/object_graph.h"
#include "tests/recording_builder.h"
#include "tests/suite.h"

enum { TID = 4250, MAIN_TID = 4242 };

static char *folder;
static const char *path;

static void set_up(void)
{
    folder = make_test_folder();
    path = path_in(folder, "1.lgr");
}

static void tear_down(void)
{
    remove_test_folder(folder);
}

static uint64_t zigzag(int64_t number)
{
    return (uint64_t)number << 1 ^ (uint64_t)(number >> 63);
}

/* A block that one root leads to, and the places that are known. */
static struct session *load(enum recording_root_kind kind, uint64_t owner, uint64_t address,
                            const uint64_t *numbers, size_t count, struct error *error)
{
    struct recording_builder *builder = builder_new();
    struct object_query query = {.retainers = true, .max_depth = 3, .too_many = 10};
    struct session_options options = {.without_symbols = true, .objects = &query};
    builder_module(builder, &(struct recording_module){
                                .path = builder_string(builder, "/lib/libmap.so", 14),
                                .start = 1 << 20,
                                .end = 2 << 20,
                                .tls_bytes = 64,
                            });
    builder_root_at(builder, builder_node(builder, 32, builder_simple_site(builder, 0x10)), kind,
                    owner, address);
    builder_places(builder, numbers, count);
    builder_save(builder, path);
    builder_free(builder);
    return session_load(folder, &options, error);
}

static const uint64_t one_thread[] = {TID + 1,
                                      /* storage: */ 1 + 1,
                                      0x7000,
                                      0,
                                      /* keys: */ 1 + 1,
                                      0x9000,
                                      0,
                                      /* frames: */ 0 + 1,
                                      0x100,
                                      2 * 0x8000,
                                      0 + 1,
                                      0x200,
                                      2 * 0x40,
                                      /* the end */ 0 + 1,
                                      0,
                                      2 * 0x40,
                                      0,
                                      /* no more threads */ 0};
#define ONE_THREAD one_thread, sizeof one_thread / sizeof *one_thread

static const struct root_case {
    enum recording_root_kind kind;
    uint64_t owner, address;
    const char *name;
} root_cases[] = {
    {RECORDING_ROOT_STACK, TID, 0x7000, "thread 4250 TLS of libmap.so"},
    {RECORDING_ROOT_ANONYMOUS, 0, 0x7038, "thread 4250 TLS of libmap.so"},
    {RECORDING_ROOT_STACK, TID, 0x7040, "thread 4250 stack"},
    {RECORDING_ROOT_TLS, TID, 0x9008, "thread 4250 pthread key 32"},
    {RECORDING_ROOT_ANONYMOUS, 0, 0x9008 + 31 * 16, "thread 4250 pthread key 63"},
    {RECORDING_ROOT_TLS, TID, 0x9008 + 32 * 16, "thread 4250 descriptor"},
    {RECORDING_ROOT_STACK, TID, 0x8000, "thread 4250 stack in robot+0xff"},
    {RECORDING_ROOT_STACK, TID, 0x8080, "thread 4250 stack"},
    {RECORDING_ROOT_STACK, MAIN_TID, 0xa000, "main thread stack"},
    {RECORDING_ROOT_REGISTER, TID, 3, "thread 4250 register in robot+0xff"},
    {RECORDING_ROOT_ANONYMOUS, 0, 0xb000, "mapped memory"},
};

START_TEST(root_is_named_after_its_place)
{
    const struct root_case *root = &root_cases[_i];
    struct error error = {0};
    struct session *session = load(root->kind, root->owner, root->address, ONE_THREAD, &error);
    ck_assert_msg(session, "%s", error.message);
    const struct object_graph *objects = session->processes[0].objects;
    ck_assert_uint_eq(objects->retainer_count, 1);
    ck_assert_str_eq(objects->retainers[0].held_by, root->name);
    session_free(session);
}
END_TEST

START_TEST(graph_without_places_names_the_thread)
{
    struct error error = {0};
    struct session *session = load(RECORDING_ROOT_TLS, TID, 0x9008, NULL, 0, &error);
    ck_assert_msg(session, "%s", error.message);
    ck_assert_str_eq(session->processes[0].objects->retainers[0].held_by,
                     "thread 4250 TLS or pthread key");
    session_free(session);
}
END_TEST

static const struct damage_case {
    uint64_t numbers[8];
    size_t count;
    const char *message;
} damage_cases[] = {
    {{TID + 1, 9 + 1, 0x7000, 0}, 4, "thread-local storage of a missing module, 9"},
    {{TID + 1, 0, 0, 9 + 1, 0x100, 2, 0, 0}, 8, "a thread's frame in a missing module, 9"},
    {{TID + 1, 0, 0, 1, 0x100, 2, 0, 0}, 8, "thread 4250 has frames without an end"},
    {{TID + 1, 0, 0}, 3, "the snapshot's stream ends too early"},
};

START_TEST(damage_is_named)
{
    const struct damage_case *wrong = &damage_cases[_i];
    struct error error = {0};
    struct session *session =
        load(RECORDING_ROOT_STACK, TID, 0x8000, wrong->numbers, wrong->count, &error);
    ck_assert(!session);
    ck_assert_msg(strstr(error.message, wrong->message), "%s", error.message);
}
END_TEST

/* A handler's stack may lie anywhere: the frame before the switch has no end. */
START_TEST(frames_on_two_stacks_are_told_apart)
{
    const uint64_t numbers[] = {
        TID + 1,      0, 0, 1, 0x100, zigzag(0x8000), 1, 0x200, zigzag(-0x4000), 1, 0,
        zigzag(0x40), 0, 0};
    struct error error = {0};
    struct session *session =
        load(RECORDING_ROOT_STACK, TID, 0x8010, numbers, sizeof numbers / sizeof *numbers, &error);
    ck_assert_msg(session, "%s", error.message);
    ck_assert_str_eq(session->processes[0].objects->retainers[0].held_by, "thread 4250 stack");
    session_free(session);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("thread_places");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_loop_test(all, root_is_named_after_its_place, 0,
                        sizeof root_cases / sizeof *root_cases);
    tcase_add_test(all, graph_without_places_names_the_thread);
    tcase_add_loop_test(all, damage_is_named, 0, sizeof damage_cases / sizeof *damage_cases);
    tcase_add_test(all, frames_on_two_stacks_are_told_apart);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
