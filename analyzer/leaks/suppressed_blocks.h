/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SUPPRESSED_BLOCKS_H
#define LEAKGRAPH_SUPPRESSED_BLOCKS_H

/*
 * Which leaked blocks the user's rules suppress. A rule can be limited to one class of leaks, so
 * leaks are found first, and then once more without the blocks marked here and what they hold.
 */

#include <stdbool.h>

#include "analyzer/base/arena.h"
#include "analyzer/graph/leak_graph.h"
#include "analyzer/sites/sites.h"
#include "analyzer/sites/suppression_rules.h"

/* Returns flags by node and counts the rules' hits. NULL: no rule matches any block. */
const bool *suppressed_blocks_mark(struct arena *arena, const struct leak_graph *leaks,
                                   const struct sites *sites,
                                   const struct suppression_rules *rules);

#endif
