/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_MIXED_H
#define LEAKGRAPH_PYTHON_MIXED_H

/*
 * Cycles through C++ and Python: a C++ object of pybind11 keeps a Python function that leads back
 * to the object. The collector does not see the C++ half, so it never collects such a cycle. A
 * search from the roots takes it for held, because pybind11's registry points to both halves
 * without holding them. Without those pointers nothing leads to the cycle. An object that counts
 * more references than were found among what nothing leads to has a holder elsewhere: it lives,
 * with all it leads to.
 */

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/evidence.h"
#include "analyzer/graph/python_graph.h"
#include "analyzer/model.h"

/* Fills mixed, mixed_count and the amounts of mixed cycles. `garbage` by object: the collector
 * would find it, so it is reported elsewhere. */
bool python_mixed_find(struct python *python, struct arena *arena, const struct python_graph *both,
                       const bool *garbage, const struct evidence *evidence, struct error *error);

#endif
