/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TESTS_FIXTURE_H
#define LEAKGRAPH_TESTS_FIXTURE_H

/*
 * One recording that a test builds and has analysed, for the suites about what the analyzer finds.
 *
 *     tcase_add_checked_fixture(tests, fixture_set_up, fixture_tear_down);
 *     ...
 *     builder_root(builder, builder_node(builder, 32, site));
 *     ck_assert_uint_eq(fixture_analyse()->leaks.all.blocks, 0);
 */

#include "analyzer/model.h"
#include "tests/recording_builder.h"

extern char *folder, *path; /* of the recording */
extern struct recording_builder *builder;
extern struct session *session; /* the last one that was analysed; NULL: none yet */

void fixture_set_up(void);
void fixture_tear_down(void);
/* Saves what was built so far and analyses it without symbols; the session is kept until the next
 * one. */
const struct process *fixture_analyse(void);

#endif
