/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_WEAKENING_H
#define LEAKGRAPH_WEAKENING_H

/*
 * Which pointer of a cycle should be the weak one? One without which nothing is left that goes
 * round (that member weak in all objects of the class), and of those the one that leads back to the
 * block that was there first: children own no parents.
 */

#include "analyzer/base/arena.h"
#include "analyzer/model.h"

/* Fills weaken and why_weaken of a cycle whose members and edges are there. */
void weakening_propose(struct arena *arena, struct cycle *cycle);

#endif
