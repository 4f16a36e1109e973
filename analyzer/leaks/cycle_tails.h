/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CYCLE_TAILS_H
#define LEAKGRAPH_CYCLE_TAILS_H

/*
 * What hangs on a cycle and would go with it: the blocks outside of all cycles that it dominates.
 * What a nested cycle dominates belongs to that one.
 */

#include <stddef.h>

#include "analyzer/base/arena.h"
#include "analyzer/leaks/cycle_rings.h"
#include "analyzer/model.h"
#include "analyzer/objects/node_names.h"
#include "analyzer/sites/sites.h"

/* `cycles` are the groups numbered by the rings' `group`. Fills their tails, biggest first. `names`
 * NULL: classes come from RTTI only. */
void cycle_tails_fill(struct cycle *cycles, size_t cycle_count, struct arena *arena,
                      const struct cycle_rings *rings, const struct sites *sites,
                      struct node_names *names);

#endif
