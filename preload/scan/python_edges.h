/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_EDGES_H
#define LEAKGRAPH_PYTHON_EDGES_H

/*
 * The exact references of one object, as its class's tp_traverse tells them, each with a label:
 * found by walking along the object's own places (items, entries, attributes, slots, local
 * variables) beside. Only under scan_guard_call, in the snapshot child.
 */

#include <stdbool.h>
#include <stdint.h>

#include "preload/scan/python_types.h"
#include "preload/recording.h"

struct python_edge {
    uintptr_t target;
    enum recording_python_label label;
    uint64_t
        value; /* see enum recording_python_label; texts are places of str objects, see names */
};
typedef void python_edge_visitor(const struct python_edge *edge, void *context);

/* Has the collector a head before this object, so that tp_traverse may be called? */
bool python_edges_is_collected(uintptr_t object, const struct python_type *type);

/* The references without labels: cheap. */
void python_edges_targets(uintptr_t object, const struct python_type *type,
                          void (*visit)(uintptr_t target, void *context), void *context);
void python_edges_of(uintptr_t object, const struct python_type *type, python_edge_visitor *visit,
                     void *context);

#endif
