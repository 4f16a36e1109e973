/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_CYCLE_OWNERS_H
#define LEAKGRAPH_CYCLE_OWNERS_H

/*
 * Which weak references of memory in use lead to a lost cycle, and who in the cycle owns the object
 * that they know: what a user who is sure that "it is still in the registry" needs to read.
 */

#include "analyzer/leaks/cycle_rings.h"
#include "analyzer/objects/weak_references.h"

/* `cycles` are the groups of the rings, in their order. Texts are of `arena`. */
bool cycle_owners_fill(struct cycle *cycles, size_t cycle_count, struct arena *arena,
                       const struct cycle_rings *rings, const struct weak_references *weak,
                       struct error *error);

#endif
