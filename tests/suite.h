/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_TESTS_SUITE_H
#define LEAKGRAPH_TESTS_SUITE_H

/*
 * What the main function of every unit suite does once its tests are listed.
 *
 *     return suite_run(suite);
 */

#include <check.h>

/* Runs the suite, prints what failed and how many passed, and frees it. Returns main's status. */
int suite_run(Suite *suite);

#endif
