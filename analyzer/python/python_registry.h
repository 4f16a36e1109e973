/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_REGISTRY_H
#define LEAKGRAPH_PYTHON_REGISTRY_H

/*
 * pybind11's registry of its objects: a std::unordered_multimap with a hash node {next, address of
 * the C++ object, Python object} for each. Both pointers are borrowed and hold nothing. A node is
 * recognised by its shape, in stripped extensions too: a native block of that size, whose object's
 * class was made by pybind11 and whose object points to the same C++ object where its value
 * belongs.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/python_graph.h"

struct python_registration {
    uint32_t node;     /* the registry's own */
    uint32_t instance; /* object of the heap */
    uint32_t value;    /* node that the C++ object lies in */
    uint64_t value_offset;
};

struct python_registry {
    struct python_registration *all;
    size_t count;
};

/* An owner's map from C++ objects to Python objects looks alike, so of equal entries none is
 * believed. */
bool python_registry_find(struct python_registry *registry, struct arena *arena,
                          const struct python_graph *both, struct error *error);

#endif
