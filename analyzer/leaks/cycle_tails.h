/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CYCLE_TAILS_H
#define LEAKGRAPH_CYCLE_TAILS_H

/*
 * What equal cycles hold together and would go with them, also what two of them share: how much,
 * and the blocks outside of cycles by the member that leads to them. Those that only another cycle
 * below leads to are that one's. What other leaks lead to as well is counted as shared.
 */

#include <stddef.h>

#include "analyzer/base/arena.h"
#include "analyzer/leaks/cycle_rings.h"
#include "analyzer/model.h"
#include "analyzer/objects/node_names.h"
#include "analyzer/sites/sites.h"

/* `cycles` are the groups that the rings' `group` counts. Fills what they retain and
 * share, and their tails, biggest first.
 * `names` NULL: classes are known by RTTI only. */
void cycle_tails_fill(struct cycle *cycles, size_t cycle_count, struct arena *arena,
                      const struct cycle_rings *rings, const struct sites *sites,
                      struct node_names *names);

#endif
