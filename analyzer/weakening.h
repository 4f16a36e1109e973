/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_WEAKENING_H
#define LEAKGRAPH_WEAKENING_H

/*
 * Which pointer of a cycle should be the weak one? One without which nothing is left that goes
 * round, and of those the one that leads back to the block that was there first: children own no
 * parents.
 */

#include "analyzer/model.h"

/* Fills weaken and why_weaken of a cycle whose members and edges are there. */
void weakening_propose(struct cycle *cycle);

#endif
