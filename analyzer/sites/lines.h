/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_LINES_H
#define LEAKGRAPH_LINES_H

/*
 * Sites summed up by source line: the innermost line of the user's own source in the stack, or the
 * system's when there is no other.
 */

#include <stddef.h>

#include "analyzer/base/arena.h"
#include "analyzer/model.h"

/* Most allocated bytes first. Sites without any source are left out. */
const struct line *lines_sum(struct arena *arena, const struct site *sites, size_t site_count,
                             size_t *line_count);

#endif
