/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SARIF_H
#define LEAKGRAPH_SARIF_H

/*
 * A judgement as SARIF 2.1.0, for code scanning: findings to blame are errors, flaky ones warnings,
 * those in the baseline suppressed results. Without a verdict, the execution was not successful.
 */

#include <stdbool.h>
#include <stdio.h>

#include "report/gate/judgement.h"

/* False with `error` out of memory. */
bool sarif_write(const struct judgement *judgement, FILE *file, struct error *error);

#endif
