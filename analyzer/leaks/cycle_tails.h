/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CYCLE_TAILS_H
#define LEAKGRAPH_CYCLE_TAILS_H

/*
 * What hangs on a cycle and would go with it: blocks outside of all cycles that it dominates. Those
 * that another cycle below dominates are that one's.
 */

#include <stddef.h>

#include "analyzer/base/arena.h"
#include "analyzer/leaks/cycle_rings.h"
#include "analyzer/model.h"
#include "analyzer/objects/node_names.h"
#include "analyzer/sites/sites.h"

/* `cycles` are the groups that the rings' `group` counts. Fills their tails, biggest first.
 * `names` NULL: classes are known by RTTI only. */
void cycle_tails_fill(struct cycle *cycles, size_t cycle_count, struct arena *arena,
                      const struct cycle_rings *rings, const struct sites *sites,
                      struct node_names *names);

#endif
