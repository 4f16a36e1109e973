/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_GITHUB_H
#define LEAKGRAPH_GITHUB_H

/*
 * A judgement as GitHub's workflow commands: ::error lines, which it shows at the source line,
 * warnings for what is flaky or expired, and the outcome as plain text.
 */

#include <stdio.h>

#include "report/gate/judgement.h"

void github_write(const struct judgement *judgement, FILE *file);

#endif
