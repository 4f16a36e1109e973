/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_WEAKENING_H
#define LEAKGRAPH_WEAKENING_H

/*
 * Which pointer of a cycle should be the weak one: one that leaves nothing that goes round when
 * that member is weak in all objects of the class; and among those, one that leads back to the
 * block that was there first, since children do not own their parents.
 */

#include "analyzer/base/arena.h"
#include "analyzer/model.h"

/* Fills weaken and why_weaken of a cycle that has its members and edges. */
void weakening_propose(struct arena *arena, struct cycle *cycle);

#endif
