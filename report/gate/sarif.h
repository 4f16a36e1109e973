/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SARIF_H
#define LEAKGRAPH_SARIF_H

/*
 * A judgement as SARIF 2.1.0, for code scanning: what is to blame are errors, what did not repeat
 * warnings, what is in the baseline suppressed results. A missing verdict is an execution that was
 * not successful.
 */

#include <stdbool.h>
#include <stdio.h>

#include "report/gate/judgement.h"

/* False with `error` out of memory. */
bool sarif_write(const struct judgement *judgement, FILE *file, struct error *error);

#endif
