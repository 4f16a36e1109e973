/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_REFERENCES_H
#define LEAKGRAPH_PYTHON_REFERENCES_H

/*
 * Objects that count more references than there are pointers to them in all blocks, data, stacks
 * and registers: an extension forgot a Py_DECREF. Covers only objects with a block of their own,
 * because all memory that can point to those was scanned. A weak reference's pointer holds nothing.
 */

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/error.h"
#include "analyzer/graph/python_graph.h"

struct python_references {
    uint32_t *found;   /* pointers to the object, by object */
    uint64_t *surplus; /* references without a pointer, by object */
};

bool python_references_find(struct python_references *references, struct arena *arena,
                            const struct python_graph *both, struct error *error);

#endif
