/* SPDX-License-Identifier: MIT */
#include "tests/fixture.h"

#include <check.h>
#include <stdlib.h>

char *folder, *path;
struct recording_builder *builder;
struct session *session;

void fixture_set_up(void)
{
    folder = make_test_folder();
    path = path_in(folder, "1.0.lgr");
    builder = builder_new();
    session = NULL;
}

void fixture_tear_down(void)
{
    session_free(session);
    builder_free(builder);
    free(path);
    remove_test_folder(folder);
}

const struct process *fixture_analyse(void)
{
    struct error error = {0};
    struct session_options options = {.without_symbols = true};
    builder_save(builder, path);
    session_free(session);
    session = session_load(path, &options, &error);
    ck_assert_msg(session, "%s", error.message);
    return &session->processes[0];
}
