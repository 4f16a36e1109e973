/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_EXPIRED_H
#define LEAKGRAPH_EXPIRED_H

/*
 * Objects that are destroyed while weak references keep their memory: make_shared puts object and
 * counts into one block, which goes with the last weak_ptr.
 */

#include "analyzer/model.h"
#include "analyzer/objects/weak_references.h"
#include "analyzer/sites/sites.h"

/* Fills the process's list, most bytes first. */
bool expired_list(struct process *process, struct arena *arena, const struct sites *sites,
                  const struct weak_references *weak, struct error *error);

#endif
