/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SUPPRESSED_BLOCKS_H
#define LEAKGRAPH_SUPPRESSED_BLOCKS_H

/*
 * Which of the leaked blocks the user's rules mean. A rule can be for one class of leaks only, so
 * the leaks are found first, and once more without the blocks that are marked here and what they
 * hold.
 */

#include <stdbool.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/leak_graph.h"
#include "analyzer/sites/sites.h"
#include "analyzer/sites/suppression_rules.h"

/* Flags by node, in the arena, and the rules' hits; NULL: no rule means any of them. */
const bool *suppressed_blocks_mark(struct arena *arena, const struct leak_graph *leaks,
                                   const struct sites *sites,
                                   const struct suppression_rules *rules);

#endif
