/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_LEAKS_H
#define LEAKGRAPH_PYTHON_LEAKS_H

/* Finds objects that count more references than there are pointers to them, by type and birth:
 * python->leaks. */

#include <stdbool.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/evidence.h"
#include "analyzer/graph/python_graph.h"
#include "analyzer/model.h"

bool python_leaks_find(struct python *python, struct arena *arena, const struct python_graph *both,
                       const struct evidence *evidence, struct error *error);

#endif
