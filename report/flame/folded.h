/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_FOLDED_H
#define LEAKGRAPH_FOLDED_H

/*
 * Call stacks in the folded format of flame graph tools: "main;load;parse 4096", outermost first,
 * equal stacks merged, sorted. With several processes, the first frame is the process. Compared
 * with another session, each line ends in two numbers, the old cost and the new one, as
 * difffolded.pl writes them.
 */

#include <stdbool.h>
#include <stdio.h>

#include "report/flame/flame_tree.h"

bool folded_write(const struct flame_tree *tree, const struct flame_options *options, FILE *file,
                  struct error *error);

#endif
