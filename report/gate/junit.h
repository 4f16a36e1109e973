/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_JUNIT_H
#define LEAKGRAPH_JUNIT_H

/*
 * A judgement as JUnit XML, for Jenkins, GitLab and others: each budget of each process is a test
 * case; exceeded is a failure, no verdict is an error.
 */

#include <stdio.h>

#include "report/gate/judgement.h"

void junit_write(const struct judgement *judgement, FILE *file);

#endif
