/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RECORDING_STACKS_H
#define LEAKGRAPH_RECORDING_STACKS_H

/*
 * The stacks of a recording as a trie. In the file a stack says which other one it starts like and
 * how it goes on (struct recording_stack). In memory it is the node of its innermost frame, and
 * each node knows its caller's. Only stacks that a site or an error refers to are read: others may
 * be unfinished.
 */

#include <stdbool.h>

#include "analyzer/base/error.h"
#include "analyzer/recording/recording_reader.h"

/* A part of recording_open: makes the nodes and puts them in place of the stacks' ids in the
 * records of sites and errors. The modules must be checked already. */
bool recording_stacks_build(struct recording *recording, struct error *error);

#endif
