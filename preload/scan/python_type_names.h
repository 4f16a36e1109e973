/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PYTHON_TYPE_NAMES_H
#define LEAKGRAPH_PYTHON_TYPE_NAMES_H

/* What classes are called. In the snapshot child, only under scan_guard_call. */

#include <stddef.h>
#include <stdint.h>

/* The name with the module of the class with this index: "collections.deque", "dict". Cut to fit.
 */
void python_type_names_get(uint32_t index, char *name, size_t capacity);

#endif
