/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_REGISTRY_H
#define LEAKGRAPH_PYTHON_REGISTRY_H

/*
 * What pybind11 notes about its objects: a hash node {next, address of the C++ object, Python's
 * object} for each, in a std::unordered_multimap. Both pointers are borrowed: they hold nothing. A
 * node is known by its shape, in stripped extensions too: a native block of that size, whose object
 * is of a class made by pybind11 and holds a pointer to the same C++ object at the place of its
 * value.
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

/* An owner's map from C++ objects to Python's looks alike: of equal notes none is believed. */
bool python_registry_find(struct python_registry *registry, struct arena *arena,
                          const struct python_graph *both, struct error *error);

#endif
