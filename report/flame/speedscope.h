/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SPEEDSCOPE_H
#define LEAKGRAPH_SPEEDSCOPE_H

/*
 * speedscope's own file format (https://www.speedscope.app/file-format-schema.json): a sampled
 * profile per process and a sample per distinct stack, with its cost as the weight.
 */

#include <stdbool.h>
#include <stdio.h>

#include "report/flame/flame_tree.h"

/* False also when compared with another session: weights cannot be negative. */
bool speedscope_write(const struct flame_tree *tree, const struct session *session,
                      const struct flame_options *options, FILE *file, struct error *error);

#endif
